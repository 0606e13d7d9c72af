"""A real Chromium without a window; where there is none, these tests are skipped and say so."""

import json
import shutil
from dataclasses import dataclass, field

import pytest

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",  # WebGL without a GPU
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--window-size=1280,900",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass
class Browser:
    """Chromium with one page, and all that was logged since it was opened.

    Attributes:
        driver: Of Selenium.
        console: Messages in the console.
        requests: Addresses that were asked for.
    """

    driver: object
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, path):
        """Open a page, and wait until its script has run."""
        self.driver.get("about:blank")
        self.listen()
        self.console, self.requests = [], []
        self.driver.get(path.as_uri())
        self.listen()
        assert self.run("return Boolean(window.dendrax)"), self.console
        return self

    def run(self, script, *arguments):
        """What a script in the page returns; `page` is the page."""
        return self.driver.execute_script(f"const page = window.dendrax; {script}", *arguments)

    def listen(self):
        """Take what was logged."""
        self.console += [entry["message"] for entry in self.driver.get_log("browser")]
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
        self.requests += [one["request"]["url"] for one in sent]


def start(profile):
    """Chromium with a profile of its own."""
    selenium = pytest.importorskip("selenium.webdriver", reason="selenium, which drives the browser, is not installed")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    chromedriver = shutil.which("chromedriver")
    if program is None or chromedriver is None:
        pytest.skip("no Chromium with chromedriver here: apt-get install chromium chromium-driver")
    options = selenium.ChromeOptions()
    options.binary_location = program
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return Browser(selenium.Chrome(service=selenium.ChromeService(chromedriver), options=options))


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    pytest.importorskip("plotly", reason="plotly, which is inside the page, is not installed")
    browser = start(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.driver.quit()
