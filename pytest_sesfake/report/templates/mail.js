// A mail as bytes to save, and as a page in a frame that can do nothing.

const contentOf = async (attachment) => new Uint8Array(await unpacked(`b${attachment.blob}`).arrayBuffer());

function toBase64(content) {
  let text = "";
  for (let place = 0; place < content.length; place += 0x8000) {
    text += String.fromCharCode(...content.subarray(place, place + 0x8000));
  }
  return btoa(text);
}

const fromLatin1 = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** The mail as it was delivered, byte for byte; what the source shares with an attachment is put back. */
async function sourceBytes(mail) {
  const pieces = mail.source.map(async (piece) => {
    return typeof piece === "string" ? piece : toBase64(await contentOf(piece)).match(/.{1,76}/g).join(piece.end);
  });
  return fromLatin1((await Promise.all(pieces)).join(""));
}

/** The source for a reader: as UTF-8 where it is, and without the digits of attachments. */
function sourceText(mail) {
  const decoder = new TextDecoder();
  return mail.source.map((piece) => {
    if (typeof piece !== "string") {
      const size = mail.attachments.find((attachment) => attachment.blob === piece.blob).size;
      return h("span", { class: "folded" }, `[${bytes(size)} in base64]`);
    }
    return decoder.decode(fromLatin1(piece)).replaceAll("\r\n", "\n");
  });
}

/** Save without ever opening: as a type that no browser shows, whatever the mail calls it. */
function save(content, name) {
  const url = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  const safe = name.split(/[/\\]/).pop().replace(/[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "_");
  h("a", { href: url, download: safe }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

const PICTURES = /^image\/(png|jpeg|gif|webp|svg\+xml|bmp|avif)$/;
const isPicture = (attachment) => PICTURES.test(attachment.type);
const dataUrl = async (attachment) => `data:${attachment.type};base64,${toBase64(await contentOf(attachment))}`;

// The frame. It is sandboxed without any permission: no scripts, no forms, no pop-ups, no way to the page around it. Its
// policy lets it load what it brings along, and from elsewhere only pictures and styles, if the reader wants that.

const HOME = "data:";
const ELSEWHERE = "data: http: https:";
const REMOTE = "img[src], [background], input[src], video[poster], link[rel~=stylesheet i][href], [style*='url('], style";

function policy(isRemoteAllowed) {
  const from = isRemoteAllowed ? ELSEWHERE : HOME;
  const styles = isRemoteAllowed ? "'unsafe-inline' http: https:" : "'unsafe-inline'";
  return `default-src 'none'; img-src ${from}; font-src ${from}; style-src ${styles}`;
}

/** Tell whether the html asks for anything that is not in the mail. */
function isRemote(page) {
  const address = /^\s*(https?:)?\/\//i;
  return [...page.querySelectorAll(REMOTE)].some((element) => {
    const style = element.localName === "style" ? element.textContent : element.getAttribute("style") || "";
    const named = ["src", "background", "poster", "href"].map((name) => element.getAttribute(name) || "");
    return named.some((value) => address.test(value)) || /(url\(\s*['"]?|@import\s+['"])\s*(https?:)?\/\//i.test(style);
  });
}

const parseHtml = (html) => new DOMParser().parseFromString(html, "text/html");  // runs and loads nothing

/** Return the html as the frame gets it. */
async function framed(mail, isRemoteAllowed) {
  const page = parseHtml(mail.html);
  // The sandbox and the policy do not let these do anything. Hints to look up or to connect to a host obey neither.
  for (const element of page.querySelectorAll("script, base, meta[http-equiv], link, iframe, frame, object, embed")) {
    if (!(isRemoteAllowed && element.matches("link[rel~=stylesheet i]"))) element.remove();
  }
  const inline = new Map(mail.attachments.filter((each) => each.cid && isPicture(each)).map((each) => [each.cid, each]));
  for (const name of ["src", "background"]) {
    for (const element of page.querySelectorAll(`[${name}^='cid:' i]`)) {
      const attachment = inline.get(decoded(element.getAttribute(name).slice(4)));
      if (attachment) element.setAttribute(name, await dataUrl(attachment));
    }
  }
  const meta = (name, value) => {
    const element = page.createElement("meta");
    element.setAttribute("http-equiv", name);
    element.setAttribute("content", value);
    return element;
  };
  const base = page.createElement("base");
  base.setAttribute("target", "_blank");  // where the sandbox lets no link lead
  page.head.prepend(
    meta("Content-Security-Policy", policy(isRemoteAllowed)), meta("x-dns-prefetch-control", "off"), base,
  );
  return (page.doctype ? "<!doctype html>" : "") + page.documentElement.outerHTML;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
