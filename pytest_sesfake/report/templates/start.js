// What the reader does: choosing, keys, the theme.

const isNarrow = () => matchMedia("(max-width: 50rem)").matches;

async function select(id) {
  const row = rows.find((each) => each.id === id);
  for (const each of document.querySelectorAll(".row[aria-current]")) each.removeAttribute("aria-current");
  document.body.toggleAttribute("data-open", Boolean(row));
  if (!row) return;
  row.link.setAttribute("aria-current", "true");
  row.link.scrollIntoView({ block: "nearest" });
  const item = await (row.place === undefined ? showTest(row.test, row.number) : showMessage(row.test, row.number, row.place));
  if (!row.link.hasAttribute("aria-current")) return;  // the reader was faster
  byId("detail").replaceChildren(item);
  byId("detail").scrollTop = 0;
  if (isNarrow()) item.querySelector("h2").focus();
}

const selected = () => location.hash.slice(1);

function move(step, isWanted = () => true) {
  const shown = shownRows();
  const place = shown.findIndex((row) => row.link.hasAttribute("aria-current"));
  const next = step > 0 ? shown.slice(place + 1).find(isWanted) : shown.slice(0, Math.max(place, 0)).findLast(isWanted);
  if (!next) return;
  history.replaceState(null, "", `#${next.id}`);
  select(next.id);
  if (!isNarrow()) next.link.focus();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  n: () => move(1, (row) => row.place === undefined && isFailed(row.test)),
  "/": () => byId("query").focus(),
  f: () => document.querySelector("#which input:not(:checked)").click(),
  "?": () => byId("help").showModal(),
  Escape: () => { if (isNarrow()) location.hash = ""; else byId("list").querySelector("[aria-current]")?.focus(); },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
  if (event.target === byId("query")) {
    if (event.key === "Escape") {
      byId("query").value = "";
      filter();
      byId("query").blur();
    } else if (event.key === "Enter") shownRows().find((row) => row.place !== undefined)?.link.click();
    return;
  }
  const inList = event.target.closest("#list");
  const step = inList && { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const tab = /^[1-9]$/.test(event.key) && document.querySelectorAll("[role=tab]")[event.key - 1];
  if (step) move(step);
  else if (tab) tab.click();
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
});

// The theme is the system's until the reader chooses one, which this browser then remembers.

const THEMES = ["auto", "light", "dark"];

function paint(theme) {
  document.documentElement.dataset.theme = theme;
  const label = `Colours: ${theme === "auto" ? "as the system" : theme}`;
  byId("theme").setAttribute("aria-label", label);
  byId("theme").title = label;
  byId("theme").replaceChildren(icon(theme));
}

function remembered(theme) {
  try {  // a browser may keep nothing for files
    if (theme) localStorage.setItem("sesfake-theme", theme);
    return localStorage.getItem("sesfake-theme");
  } catch {
    return null;
  }
}

byId("theme").addEventListener("click", () => {
  const next = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length];
  remembered(next);
  paint(next);
});

byId("query").addEventListener("input", search);
byId("which").addEventListener("change", filter);
byId("show-all").addEventListener("click", () => {
  showAll();
  byId("query").focus();
});
byId("help-open").addEventListener("click", KEYS["?"]);
byId("help-close").addEventListener("click", () => byId("help").close());
addEventListener("hashchange", () => select(selected()));

paint(THEMES.includes(remembered()) ? remembered() : "auto");
byId("run-time").textContent = `${new Date(run.at * 1000).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })}`;
fillList();
fillFilters();
filter();
if (!run.tests.length) {
  byId("detail").append(h("p", { class: "empty" }, h("strong", {}, "No mail"), "No test of this run used the fake of Amazon SES."));
} else if (selected()) select(selected());
else if (!isNarrow()) {
  const first = rows.find((row) => isFailed(row.test)) || rows.find((row) => row.place !== undefined) || rows[0];
  select(first.id);
} else document.body.removeAttribute("data-open");
document.documentElement.dataset.ready = "";
