# Fails if an object of one instruction set has a function that the linker may take for another one; isa.h says why.

foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND "${NM}" "${object}" OUTPUT_VARIABLE symbols RESULT_VARIABLE failed ERROR_QUIET)
  if(failed)
    continue() # an nm that cannot read these objects checks nothing
  endif()
  string(REGEX MATCHALL "[0-9a-f]+ [WVuw] [^\n]+" shared "${symbols}")
  foreach(symbol IN LISTS shared)
    if(NOT symbol MATCHES "7dendrax[0-9]+${ISA}")
      message(FATAL_ERROR
        "${object} holds${symbol}: a function of no instruction set, compiled for ${ISA}. "
        "Put it into namespace dendrax::DENDRAX_ISA, make it static, or leave out the header that it is from.")
    endif()
  endforeach()
endforeach()
