"""The interactive page in a real browser: it loads alone, plays, answers clicks, and is fast enough."""

import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH
from dendrax.plot import page as pages
from dendrax.synapses import IonotropicSynapse

N_COMP, N_FRAMES = 1500, 2000


@pytest.fixture(scope="module")
def net():
    """Two cells with a synapse between them; all compartments but the last are recorded."""
    net = jx.Network([jx.Cell(jx.Branch(ncomp=4), parents=[-1, 0, 0])] * 2)
    net.cell(0).insert(HH())
    net.cell(1).add_to_group("second")
    jx.connect(net.cell(0).branch(1).loc(1.0), net.cell(1).branch(0).loc(0.0), IonotropicSynapse())
    net.select(nodes=range(23)).record("v", verbose=False)
    return net


@pytest.fixture(scope="module")
def voltages():
    """A wave that runs along the compartments, with a value that is missing."""
    values = -70.0 + 100.0 * np.exp(-0.5 * (np.arange(23)[:, None] - 0.25 * np.arange(100)) ** 2)
    values[5, 50] = np.nan
    return values


@pytest.fixture(scope="module")
def loaded(chromium, net, voltages, tmp_path_factory):
    """The page of the network."""
    return chromium.open(jx.view3d(net, voltages, tmp_path_factory.mktemp("page") / "net.html"))


@pytest.fixture
def opened(loaded):
    """The page as it was when it was loaded."""
    loaded.run("page.select([]); page.colourBy('v'); page.seek(0); document.getElementById('xy').click()")
    return loaded


def place(browser, comp):
    """Where the centre of a compartment is in the window [pixel]."""
    return browser.run(
        "return page.camera.project(...page.scene.place.subarray(3 * arguments[0], 3 * arguments[0] + 3))", comp
    )[:2]


def click(browser, x, y):
    """Click with the mouse at a place in the picture."""
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.actions.action_builder import ActionBuilder

    actions = ActionBuilder(browser.driver)
    actions.pointer_action.move_to_location(round(x), round(y)).click()
    actions.perform()
    ActionChains(browser.driver).reset_actions()


def colour(browser, comp):
    """The colour of a compartment, as the picture has it."""
    return browser.run("return [...page.picture.colours.subarray(4 * arguments[0], 4 * arguments[0] + 3)]", comp)


def pixel(browser, x, y):
    """What is drawn at a place of the picture."""
    script = """
    const gl = page.picture.gl, found = new Uint8Array(4);
    const [x, y] = [arguments[0], page.camera.height - arguments[1]].map((at) => at * window.devicePixelRatio);
    page.draw();
    gl.readPixels(x, y, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, found);
    return [...found.subarray(0, 3)]"""
    return browser.run(script, x, y)


def move_slider(browser, frame):
    """Move the time slider as a reader would."""
    browser.run(
        "const slider = document.getElementById('slider'); slider.value = arguments[0];"
        "slider.dispatchEvent(new Event('input'))",
        frame,
    )


def shown(browser, name):
    """Text of an element."""
    return browser.run("return document.getElementById(arguments[0]).textContent", name)


def test_it_loads_without_errors_and_without_a_request(opened):
    opened.run("page.select([3]); page.timeFrames(3)")
    opened.listen()
    assert not opened.console
    assert len(opened.requests) == 1
    assert opened.requests[0].startswith("file:")


def test_the_slider_moves_the_colours(opened):
    seen = []
    for frame in (8, 40):
        move_slider(opened, frame)
        seen.append((colour(opened, 2), colour(opened, 10), pixel(opened, *place(opened, 2))))
    (peak, far, drawn), (after, peak_later, drawn_later) = seen
    assert peak == peak_later  # the wave has come from compartment 2 to compartment 10
    assert far == after
    assert peak != after
    assert drawn != drawn_later
    # The surface is lit from the front: what is drawn at the centre is the colour itself, but for the mist of depth.
    assert np.abs(np.subtract(drawn, peak)).max() < 40
    assert shown(opened, "now") == "1.00 ms"


def test_what_was_not_recorded_is_grey(opened):
    move_slider(opened, 50)
    grey = colour(opened, 23)
    assert max(grey) - min(grey) < 12
    assert colour(opened, 5) == grey  # NaN in this frame
    move_slider(opened, 51)
    assert colour(opened, 5) != grey


def test_a_click_shows_trace_and_parameters(opened, voltages):
    click(opened, *place(opened, 6))
    assert "branch 1, comp 2" in shown(opened, "facts")
    assert "HH_gNa" in shown(opened, "facts")
    trace = opened.run("return [...document.getElementById('traces').data[0].y]")
    np.testing.assert_allclose(trace, voltages[6], atol=0.002)
    drawn = opened.run("return document.querySelector('#traces .lines > path').getAttribute('d').length")
    assert drawn > 100
    click(opened, *place(opened, 23))
    assert shown(opened, "hint") == "Nothing was recorded here."
    assert "second" in shown(opened, "facts")


def test_all_that_is_known_of_a_compartment_has_its_unit(opened):
    click(opened, *place(opened, 6))
    rows = opened.run("return [...document.querySelectorAll('#facts tr')].map((row) => row.innerText.split('\\t'))")
    units = {row[0]: row[-1] for row in rows}
    expected = {"radius": "µm", "axial_resistivity": "Ω cm", "HH_gNa": "S/cm²", "HH_eK": "mV", "HH_m": ""}
    assert {name: units[name] for name in expected} == expected
    assert opened.run("return document.getElementById('traces').layout.yaxis.title.text") == "v [mV]"
    assert shown(opened, "unit") == "mV"


def test_the_keyboard_does_what_the_mouse_does(opened):
    from selenium.webdriver.common.keys import Keys

    canvas, chosen = (opened.driver.find_element("id", name) for name in ("canvas", "comp"))
    before = opened.run("return [page.camera.perPixel, ...page.camera.turn]")
    canvas.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, "+", Keys.SHIFT, Keys.ARROW_UP)
    after = opened.run("return [page.camera.perPixel, ...page.camera.turn]")
    assert opened.run("return page.frame") == 2
    assert after[0] == pytest.approx(before[0] / 1.25)
    assert after[1:] != before[1:]
    assert opened.driver.find_element("id", "slider").get_attribute("aria-valuetext") == "0.05 ms"
    chosen.send_keys("7", Keys.ENTER)
    assert opened.run("return page.selected") == [7]
    assert "branch 1, comp 3" in shown(opened, "facts")


def test_every_control_has_a_name(opened):
    everything = opened.driver.find_elements("css selector", "select, input, button, canvas")
    controls = [one for one in everything if one.is_displayed()]
    assert len(controls) > 8
    assert [one.get_attribute("id") for one in controls if not one.accessible_name] == []


def test_synapses_are_drawn_and_counted(opened):
    one, other = np.array(place(opened, 7)), np.array(place(opened, 12))
    middle = 0.5 * (one + other)
    line = pixel(opened, *middle)
    opened.run("document.querySelector('#wires input').click()")
    assert pixel(opened, *middle) != line
    click(opened, *place(opened, 12))
    assert "1 in, 0 out" in shown(opened, "facts")


def test_it_is_coloured_by_group_channel_and_parameter(opened):
    names = opened.run("return [...document.getElementById('colouring').options].map((one) => one.textContent)")
    assert {"nothing", "v", "cells", "second", "HH", "radius", "HH_gNa"} <= set(names)
    for name, one, other in (("second", 0, 12), ("cells", 0, 12), ("HH", 0, 12), ("HH_gNa", 0, 12)):
        opened.run("page.colourBy(arguments[0])", name)
        assert colour(opened, one) != colour(opened, other), name
        assert colour(opened, one) == colour(opened, one + 1), name
        assert shown(opened, "classes") == {"second": "otherssecond", "cells": "cell 0cell 1", "HH": "withoutHH"}.get(
            name, ""
        )


def test_play_goes_on_and_stops(opened):
    from selenium.webdriver.support.ui import WebDriverWait

    opened.run("document.getElementById('play').click()")
    WebDriverWait(opened.driver, 10).until(lambda _: opened.run("return page.frame > 2"))
    opened.run("document.getElementById('play').click()")
    assert not opened.run("return page.playing")


def test_it_turns_moves_and_zooms(opened):
    from selenium.webdriver import ActionChains

    canvas = opened.driver.find_element("id", "canvas")
    before = place(opened, 0)
    ActionChains(opened.driver).drag_and_drop_by_offset(canvas, 60, 30).perform()
    turned = place(opened, 0)
    assert turned != before
    assert not opened.run("return page.selected.length")  # a drag is no click
    opened.run("page.camera.zoomBy(2, 100, 200)")
    wider = opened.run("return page.camera.project(...page.camera.turnedBack(0, 0, 0))")
    assert wider[:2] == pytest.approx(opened.run("return [page.camera.width / 2, page.camera.height / 2]"))
    opened.run("document.getElementById('xy').click()")
    assert place(opened, 0) == pytest.approx(before)


def comb(n_comp, n_tubes):
    """A scene of `n_comp` compartments on a square, each of `n_tubes` tubes that go up and down."""
    side = int(np.ceil(np.sqrt(n_comp)))
    comp = np.repeat(np.arange(n_comp), n_tubes)
    step = np.tile(np.arange(n_tubes), n_comp)
    start = np.stack([10.0 * (comp % side) + step, 10.0 * (comp // side) + 3.0 * (step % 2), 0.0 * comp], axis=1)
    end = start + np.stack([np.ones(len(comp)), 3.0 - 6.0 * (step % 2), 0.0 * comp], axis=1)
    tubes = pages.Tubes(start, end, np.full((len(comp), 2), 0.3), comp)
    index = np.stack([0 * np.arange(n_comp), 0 * np.arange(n_comp), np.arange(n_comp), np.arange(n_comp)], axis=1)
    return tubes, start[::n_tubes], index


def test_1500_compartments_by_2000_frames_are_small_and_fast(chromium, tmp_path):
    values = np.sin(np.arange(N_COMP)[:, None] * 0.01 + np.arange(N_FRAMES) * 0.05)
    tubes, centre, index = comb(N_COMP, 8)  # a traced cell has 7 to 9 tubes in a compartment
    scene = pages.Scene("speed", tubes, centre, index, series=(pages.Series("v", values, np.arange(N_COMP)),))
    path = tmp_path / "speed.html"
    pages.write(scene, path)
    assert path.stat().st_size < 20e6
    browser = chromium.open(path)
    assert browser.run("return page.scene.frames") == N_FRAMES
    took = browser.run("page.timeFrames(5); return page.timeFrames(20)")
    # The least of them: the machine that runs the tests does other things too.
    assert min(took) < 50.0, took


def luminance(text):
    """Relative luminance of a colour such as "rgb(25, 28, 34)" (WCAG 2.2)."""
    share = np.array([float(part) for part in text[text.index("(") + 1 : -1].split(",")[:3]]) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_as_dark_as_the_reader_likes_and_can_be_read(chromium, tmp_path, scheme):
    tubes, centre, index = comb(4, 1)
    series = (pages.Series("v", np.zeros((1, 3)), np.array([2])),)
    scene = pages.Scene("few", tubes, centre, index, groups={"some": np.arange(4) < 2}, series=series)
    pages.write(scene, tmp_path / "page.html")
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    chromium.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    try:
        browser = chromium.open(tmp_path / "page.html")
    finally:
        chromium.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert (sum(pixel(browser, 3, 400)) < 150) == (scheme == "dark")
    style = "const style = getComputedStyle(arguments[0]); return [style.color, style.backgroundColor]"
    find = browser.driver.find_element
    panel = luminance(browser.run(style, find("css selector", "aside"))[1])
    for part in ("#title", "#hint"):
        text = luminance(browser.run(style, find("css selector", part))[0])
        assert (max(text, panel) + 0.05) / (min(text, panel) + 0.05) > 4.5, "WCAG AA"
    # One compartment of four was recorded: that is no picture to begin with.
    assert browser.run("return page.colouring.name") == "some"


def test_50000_compartments_open(chromium, tmp_path):
    tubes, centre, index = comb(50_000, 1)
    pages.write(pages.Scene("many", tubes, centre, index, numbers={"row": np.arange(50_000.0)}), tmp_path / "many.html")
    browser = chromium.open(tmp_path / "many.html")
    click(browser, *place(browser, 40_000))
    assert shown(browser, "facts").startswith("branch 0, comp 4")
    assert not browser.console
