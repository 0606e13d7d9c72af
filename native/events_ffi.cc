// Events: what the spikes of an epoch add to the queue, and its transpose. engine/events/deliver.py says what they mean,
// and has the same in JAX; here a spike costs its connections and nothing else.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "handler.h"

namespace dendrax {
namespace {

template <ffi::DataType type>
using Floats = ffi::Buffer<type>;
using Ints = ffi::Buffer<ffi::S32>;

// An arrival in the middle between two steps goes to the earlier one: the fraction of a step that is the middle.
constexpr double kTie = 1e-4;

// All that is fired in an epoch, and who hears of it.
template <typename T>
struct Fired {
  const T* delay;
  const T* crossing;
  const T* train;
  const T* amount;  // how much of a spike each crossing is; null where each is a whole one
  const std::int32_t* source;
  const std::int32_t* bounds;
  const std::int32_t* first;
  const std::int32_t* target;
  std::int64_t n_step, n_detector, n_slot, n_port, origin, base;
  std::int64_t shift;  // of plastic connections; -1 where events are shared out between two steps
  bool grid;
};

// A spike: its step, the fraction of it that had passed, where its time is in `train` or `crossing`, and how much it counts.
template <typename T>
struct Event {
  std::int64_t step;
  T fraction;
  std::int64_t at;
  bool of_detector;
  T amount;
};

// So many connections are looked at together: where their events arrive is computed, and fetched, before anything is added.
constexpr std::int32_t kTogether = 64;

// Where events arrive: the entries of the queue, and the fraction of a step by which each is late.
template <typename T>
struct Arrivals {
  std::int64_t early[kTogether], late[kTogether];
  T p[kTogether];
};

// The largest whole number that is not above x; unlike std::floor no call, whatever the instruction set.
template <typename T>
std::int32_t below(T x) {
  const auto whole = static_cast<std::int32_t>(x);
  return whole - (x < static_cast<T>(whole));
}

inline void fetch([[maybe_unused]] const void* place) {
#if defined(__GNUC__)
  __builtin_prefetch(place, 1);
#endif
}

// Of `n` connections from `c` on.
template <typename T>
void arrive(Arrivals<T>& to, const Fired<T>& fired, const Event<T>& event, std::int32_t c, std::int32_t n, const T* queue) {
  const auto n_slot = static_cast<std::int32_t>(fired.n_slot), here = static_cast<std::int32_t>(fired.base + event.step);
  std::int32_t row[kTogether];
  for (std::int32_t k = 0; k < n; ++k) {
    const T steps = event.fraction + fired.delay[c + k];
    // The smallest whole number that is not below x is minus the largest that is not above -x.
    const std::int32_t whole = fired.grid ? -below(static_cast<T>(0.5 + kTie) - steps) : below(steps);
    row[k] = here + whole;
    to.p[k] = fired.grid ? T{0} : steps - static_cast<T>(whole);
  }
  for (std::int32_t k = 0; k < n; ++k) {
    std::int32_t early = row[k];
    if (early >= n_slot) early -= n_slot;
    if (early < 0 || early >= n_slot) early = (early % n_slot + n_slot) % n_slot;
    const std::int64_t next = early + 1 == n_slot ? 0 : early + 1, port = fired.target[c + k];
    to.early[k] = early * fired.n_port + port;
    to.late[k] = fired.shift < 0 ? next * fired.n_port + port : to.early[k] + fired.shift;
    fetch(queue + to.early[k]);
    fetch(queue + to.late[k]);
  }
}

// Calls act(k, c) for each connection c of `who`, the k-th of those whose events arrive at `to`.
template <typename T, typename Act>
void for_each_connection(const Fired<T>& fired, const Event<T>& event, std::int32_t who, const T* queue, Arrivals<T>& to,
                         Act act) {
  for (std::int32_t c = fired.first[who], end = fired.first[who + 1]; c < end; c += kTogether) {
    const std::int32_t n = std::min(kTogether, end - c);
    arrive(to, fired, event, c, n, queue);
    for (std::int32_t k = 0; k < n; ++k) act(k, c + k);
  }
}

// Whether any of `n` detectors has fired.
template <typename T>
bool any_fired(const T* crossing, std::int64_t n) {
  int any = 0;
  for (std::int64_t k = 0; k < n; ++k) any |= crossing[k] >= T{0};
  return any != 0;
}

// Calls act(event, source) for each spike: step by step, trains before detectors, source by source.
template <typename T, typename Act>
void for_each_event(const Fired<T>& fired, Act act) {
  for (std::int64_t step = 0; step < fired.n_step; ++step) {
    for (std::int64_t j = fired.bounds[step]; j < fired.bounds[step + 1]; ++j) {
      act(Event<T>{step, fired.train[j] - static_cast<T>(fired.origin + step), j, false, T{1}}, fired.source[j]);
    }
    const T* crossing = fired.crossing + step * fired.n_detector;
    for (std::int64_t detector = 0; detector < fired.n_detector; ++detector) {
      if (detector % kTogether == 0) {  // most of them are silent
        const std::int64_t n = std::min<std::int64_t>(kTogether, fired.n_detector - detector);
        if (!any_fired(crossing + detector, n)) {
          detector += n - 1;
          continue;
        }
      }
      if (!(crossing[detector] >= T{0})) continue;
      const T fraction = fired.grid ? T{1} : std::min(crossing[detector], T{1});
      const std::int64_t at = step * fired.n_detector + detector;
      const T amount = fired.amount ? fired.amount[at] : T{1};
      act(Event<T>{step, fraction, at, true, amount}, static_cast<std::int32_t>(detector));
    }
  }
}

template <ffi::DataType type>
ffi::Error fired_of(Fired<ffi::NativeType<type>>& fired, Floats<type>& queue, Floats<type>& delay, Floats<type>& crossing,
                    Floats<type>& train, Floats<type>& amount, Ints& source, Ints& bounds, Ints& origin, Ints& base, Ints& first, Ints& target,
                    bool grid, std::int64_t shift) {
  fired.delay = delay.typed_data();
  fired.crossing = crossing.typed_data();
  fired.train = train.typed_data();
  fired.amount = amount.element_count() ? amount.typed_data() : nullptr;
  fired.source = source.typed_data();
  fired.bounds = bounds.typed_data();
  fired.first = first.typed_data();
  fired.target = target.typed_data();
  fired.n_slot = queue.dimensions()[0];
  fired.n_port = queue.dimensions()[1];
  fired.n_step = crossing.dimensions()[0];
  fired.n_detector = crossing.dimensions()[1];
  fired.origin = *origin.typed_data();
  fired.base = *base.typed_data();
  fired.grid = grid;
  fired.shift = shift;
  const auto n_connection = static_cast<std::int64_t>(delay.element_count());
  if ((fired.amount && amount.element_count() != crossing.element_count()) ||
      static_cast<std::int64_t>(bounds.element_count()) != fired.n_step + 1 || train.element_count() != source.element_count() ||
      static_cast<std::int64_t>(target.element_count()) != n_connection || fired.bounds[0] < 0 ||
      fired.bounds[fired.n_step] > static_cast<std::int64_t>(train.element_count()) ||
      static_cast<std::int64_t>(first.element_count()) <= fired.n_detector ||
      first.typed_data()[first.element_count() - 1] != n_connection) {
    return ffi::Error::InvalidArgument("these are not the connections of these spikes");
  }
  return ffi::Error::Success();
}

template <ffi::DataType type>
ffi::Error deliver(Floats<type> queue, Floats<type> d_weight, Floats<type> d_delay, Floats<type> d_crossing,
                   Floats<type> d_train, Floats<type> d_amount, Floats<type> weight, Floats<type> delay,
                   Floats<type> crossing, Floats<type> train, Floats<type> amount, Ints source, Ints bounds, Ints origin,
                   Ints base, Ints first, Ints target, ffi::ResultBuffer<type> result, bool grid, std::int64_t shift,
                   bool moving) {
  using T = ffi::NativeType<type>;
  Fired<T> fired;
  if (auto error = fired_of<type>(fired, queue, delay, crossing, train, amount, source, bounds, origin, base, first,
                                    target, grid, shift);
      error.failure()) {
    return error;
  }
  T* sum = result->typed_data();
  if (sum != queue.typed_data()) std::copy_n(queue.typed_data(), queue.element_count(), sum);
  const T *dw = d_weight.typed_data(), *dd = d_delay.typed_data(), *w = weight.typed_data();
  const T *dx = d_crossing.typed_data(), *dt = d_train.typed_data(), *da = d_amount.typed_data();
  const bool moves = moving && !grid;
  Arrivals<T> to;
  for_each_event(fired, [&](const Event<T>& event, std::int32_t who) {
    const T d_event = moves ? (event.of_detector ? dx : dt)[event.at] : T{0};
    const bool grows = moving && fired.amount && event.of_detector;
    const T more = grows ? da[event.at] : T{0};
    for_each_connection(fired, event, who, sum, to, [&](std::int32_t k, std::int32_t c) {
      const T moved = moves ? event.amount * w[c] * (d_event + dd[c]) : T{0};
      const T whole = event.amount * dw[c] + (grows ? more * w[c] : T{0});
      sum[to.early[k]] += shift < 0 ? (T{1} - to.p[k]) * whole - moved : whole;
      if (!grid) sum[to.late[k]] += to.p[k] * whole + moved;
    });
  });
  return ffi::Error::Success();
}

template <ffi::DataType type>
ffi::Error collect(Floats<type> queue, Floats<type> d_delay, Floats<type> d_crossing, Floats<type> d_train,
                   Floats<type> d_amount, Floats<type> weight, Floats<type> delay, Floats<type> crossing,
                   Floats<type> train, Floats<type> amount, Ints source, Ints bounds, Ints origin, Ints base, Ints first,
                   Ints target, ffi::ResultBuffer<type> by_weight, ffi::ResultBuffer<type> by_delay,
                   ffi::ResultBuffer<type> by_crossing, ffi::ResultBuffer<type> by_train,
                   ffi::ResultBuffer<type> by_amount, ffi::ResultBuffer<type> by_moved, bool grid, std::int64_t shift,
                   bool moving) {
  using T = ffi::NativeType<type>;
  Fired<T> fired;
  if (auto error = fired_of<type>(fired, queue, delay, crossing, train, amount, source, bounds, origin, base, first,
                                    target, grid, shift);
      error.failure()) {
    return error;
  }
  for (auto* result : {&by_weight, &by_delay, &by_crossing, &by_train, &by_amount, &by_moved}) {
    std::fill_n((*result)->typed_data(), (*result)->element_count(), T{0});
  }
  const T *given = queue.typed_data(), *w = weight.typed_data(), *dd = d_delay.typed_data();
  const T *dx = d_crossing.typed_data(), *dt = d_train.typed_data(), *da = d_amount.typed_data();
  T *of_weight = by_weight->typed_data(), *of_delay = by_delay->typed_data(), *moved = by_moved->typed_data();
  Arrivals<T> to;
  for_each_event(fired, [&](const Event<T>& event, std::int32_t who) {
    const bool is_sized = fired.amount && event.of_detector;
    const T d_event = moving && !grid ? (event.of_detector ? dx : dt)[event.at] : T{0};
    const T more = moving && is_sized ? da[event.at] : T{0};
    T of_time{0}, of_amount{0};
    for_each_connection(fired, event, who, given, to, [&](std::int32_t k, std::int32_t c) {
      const T early = given[to.early[k]];
      const T rise = grid ? T{0} : given[to.late[k]] - (shift < 0 ? early : T{0});
      const T arrived = grid ? early : early + to.p[k] * rise;
      of_weight[c] += event.amount * arrived;
      of_amount += w[c] * arrived;
      if (moving) moved[c] += (grid ? T{0} : event.amount * (d_event + dd[c]) * rise) + more * arrived;
      if (grid) return;
      of_delay[c] += event.amount * w[c] * rise;
      of_time += event.amount * w[c] * rise;
    });
    (event.of_detector ? by_crossing : by_train)->typed_data()[event.at] += of_time;
    if (is_sized) by_amount->typed_data()[event.at] += of_amount;
  });
  return ffi::Error::Success();
}

template <int n, typename Buffer, typename Binding>
auto with_args(Binding binding) {
  if constexpr (n == 1) {
    return std::move(binding).template Arg<Buffer>();
  } else {
    return with_args<n - 1, Buffer>(std::move(binding).template Arg<Buffer>());
  }
}

template <int n, typename Buffer, typename Binding>
auto with_results(Binding binding) {
  if constexpr (n == 1) {
    return std::move(binding).template Ret<Buffer>();
  } else {
    return with_results<n - 1, Buffer>(std::move(binding).template Ret<Buffer>());
  }
}

// `n_linear` floats, then weight, delay, crossing, train and amount, then integers.
template <ffi::DataType type, int n_linear, int n_results>
auto binding() {
  using F = Floats<type>;
  return with_results<n_results, F>(with_args<6, Ints>(with_args<n_linear + 5, F>(ffi::Ffi::Bind())))
      .template Attr<bool>("grid").template Attr<std::int64_t>("shift").template Attr<bool>("moving");
}

template <ffi::DataType type>
auto of_deliver() {
  return binding<type, 6, 1>();
}

template <ffi::DataType type>
auto of_collect() {
  return binding<type, 5, 6>();
}

constexpr auto f32 = xla::ffi::F32;
constexpr auto f64 = xla::ffi::F64;

}  // namespace
}  // namespace dendrax

DENDRAX_HANDLER(dendrax_deliver_f32, dendrax::deliver<dendrax::f32>, dendrax::of_deliver<dendrax::f32>());
DENDRAX_HANDLER(dendrax_deliver_f64, dendrax::deliver<dendrax::f64>, dendrax::of_deliver<dendrax::f64>());
DENDRAX_HANDLER(dendrax_collect_f32, dendrax::collect<dendrax::f32>, dendrax::of_collect<dendrax::f32>());
DENDRAX_HANDLER(dendrax_collect_f64, dendrax::collect<dendrax::f64>, dendrax::of_collect<dendrax::f64>());
