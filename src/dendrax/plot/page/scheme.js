/** Light or dark, as the reader's system prefers when the page is opened; the colours themselves are in the style. */
const SCHEME = (() => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.scheme = dark ? "dark" : "light";
  const style = getComputedStyle(document.documentElement), read = (name) => style.getPropertyValue(`--${name}`).trim();
  const background = [1, 3, 5].map((at) => parseInt(read("page").slice(at, at + 2), 16) / 255);
  return { dark, background, text: read("text"), subtle: read("subtle"), grid: read("grid") };
})();
