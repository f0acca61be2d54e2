// What the other parts build on: the data of the page, and elements made of text that is never read as markup.

const byId = (id) => document.getElementById(id);
const run = JSON.parse(byId("run").textContent);

const fromBase64 = (digits) => Uint8Array.from(atob(digits), (character) => character.charCodeAt(0));

/** Unpack a block of data. */
function unpacked(id) {
  const stream = new Blob([fromBase64(byId(id).textContent)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream);
}

/** Make an element; what is given as a string becomes text. */
function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** A text from a mail or an application, kept from turning the text around it. */
const foreign = (text) => h("bdi", {}, text);

const counted = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

// Times are those of the fake's clock, in UTC.

const clockTime = (at) => new Date(at * 1000).toISOString().slice(11, 19);
const fullTime = (at) => new Date(at * 1000).toISOString().replace("T", " ").replace("Z", " UTC");

function span(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const first = units.findIndex(([, size]) => seconds >= size);
  const [name, size] = units[first];
  const whole = Math.floor(seconds / size);
  const next = units[first + 1];
  const rest = next ? Math.round((seconds - whole * size) / next[1]) : 0;
  return next && rest && whole < 10 ? `${whole} ${name} ${rest} ${next[0]}` : `${whole} ${name}`;
}

function bytes(count) {
  if (count < 1000) return counted(count, "byte");
  return count < 1e6 ? `${(count / 1e3).toFixed(count < 1e4 ? 1 : 0)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

// What is good and what is bad; it is always said in words beside the colour.

const MOODS = {
  Delivered: "good", Delivery: "good", passed: "good",
  Bounced: "bad", Bounce: "bad", Rejected: "bad", refused: "bad", Reject: "bad", RenderingFailure: "bad", failed: "bad", error: "bad",
  Complained: "warn", Complaint: "warn", Suppressed: "warn", Delayed: "warn", DeliveryDelay: "warn", rerun: "warn",
  xpassed: "warn",
};
const mood = (word) => MOODS[word] || "";
const badge = (word) => h("span", { class: `badge ${mood(word)}` }, word);
const isFailed = (test) => test.outcome === "failed" || test.outcome === "error";

function nameOf(test) {
  const cut = test.id.indexOf("::");
  return cut < 0 ? { file: "", name: test.id } : { file: test.id.slice(0, cut), name: test.id.slice(cut + 2) };
}

/** A name of Python, with places where a line may end. */
const python = (name) => h("bdi", {}, name.split(/(?<=_|::|\.)|(?=\[)/).flatMap((part) => [part, h("wbr")]));

/** JSON with its parts told apart. */
function json(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const pre = h("pre", { class: "words json", tabindex: 0 });
  let end = 0;
  for (const found of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d[\d.eE+-]*/g)) {
    pre.append(text.slice(end, found.index));
    const kind = found[2] ? "key" : found[1] ? "string" : "value";
    pre.append(h("span", { class: kind }, found[1] || found[0]), found[2] || "");
    end = found.index + found[0].length;
  }
  pre.append(text.slice(end));
  return pre;
}

/** Something big that is made when it is first opened. */
function opened(summary, make) {
  const details = h("details", {}, h("summary", {}, summary));
  details.addEventListener("toggle", async () => details.append(await make()), { once: true });
  return details;
}
