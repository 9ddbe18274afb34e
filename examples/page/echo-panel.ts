import { byId, chosen, element } from "./dom.ts";
import { abbreviateHex, plural } from "./hex.ts";

const HEX_SHOWN = 24;
const TEXT_SHOWN = 400;
const ENTRIES_KEPT = 200;

/** One text for each script: what a codec that cuts or miscounts UTF-8 would not bring back. */
const GREETINGS: readonly (readonly [id: string, name: string, text: string])[] = [
  ["korean", "한국어", "안녕하세요, 웹소켓!"],
  ["arabic", "العربية", "مرحبا بالعالم"],
  ["latin", "Français", "Où êtes-vous, Noël ?"],
  ["emoji", "Emoji", "👩‍👩‍👧 🇰🇷 🐙"],
];

/** "Echo": the browser's own WebSocket, talking to the server that speaks through wsimd. */
export function echoPanel(): void {
  const panel = new EchoPanel();
  panel.connect();
}

class EchoPanel {
  readonly #form = byId("echo", HTMLFormElement);
  readonly #message = byId("echo-message", HTMLInputElement);
  readonly #send = byId("echo-send", HTMLButtonElement);
  readonly #toggle = byId("echo-toggle", HTMLButtonElement);
  readonly #status = byId("echo-status", HTMLElement);
  readonly #log = byId("echo-log", HTMLElement);
  #socket: WebSocket | undefined;
  /** When each message went out that has not come back. Echoes keep their order. */
  #sentAt: number[] = [];

  constructor() {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#sendMessage(this.#message.value);
      this.#message.select();
    });
    this.#toggle.addEventListener("click", () => {
      if (this.#socket === undefined) this.connect();
      else this.#socket.close(1000, "the user closed it");
    });
    for (const [id, name, text] of GREETINGS) {
      const button = element(
        "button",
        { type: "button", class: "chip", "data-testid": `greet-${id}`, dir: "auto" },
        name,
      );
      button.addEventListener("click", () => {
        this.#message.value = text;
        this.#sendMessage(text);
      });
      byId("echo-greetings", HTMLElement).append(button);
    }
  }

  connect(): void {
    const url = `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/echo`;
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#sentAt = [];
    this.#show("connecting", `Connecting to ${url}`);
    socket.addEventListener("open", () => this.#show("open", `Connected to ${url}`));
    socket.addEventListener("message", ({ data }) => this.#receive(data as string | ArrayBuffer));
    socket.addEventListener("close", ({ code, reason }) => {
      this.#socket = undefined;
      this.#show("closed", reason === "" ? `Closed with ${code}` : `Closed with ${code}: ${reason}`);
    });
  }

  #sendMessage(text: string): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const data = chosen(this.#form, "kind") === "binary" ? new TextEncoder().encode(text) : text;
    this.#append("sent", data, "");
    this.#sentAt.push(performance.now());
    this.#socket.send(data);
  }

  #receive(data: string | ArrayBuffer): void {
    const sentAt = this.#sentAt.shift();
    const time = sentAt === undefined ? "" : `${(performance.now() - sentAt).toFixed(1)} ms`;
    this.#append("received", typeof data === "string" ? data : new Uint8Array(data), time);
  }

  #show(state: "connecting" | "open" | "closed", sentence: string): void {
    this.#status.textContent = sentence;
    this.#status.dataset.state = state;
    this.#send.disabled = state !== "open";
    this.#toggle.textContent = state === "closed" ? "Connect" : "Disconnect";
  }

  #append(direction: "sent" | "received", data: string | Uint8Array, time: string): void {
    const text = typeof data === "string";
    const shown = text ? shorten(data) : abbreviateHex(data, HEX_SHOWN);
    const size = text ? new TextEncoder().encode(data).length : data.length;
    const entry = element(
      "li",
      { class: direction, "data-testid": `log-${direction}`, "data-kind": text ? "text" : "binary" },
      element("span", { class: "direction", "aria-hidden": "true" }, direction === "sent" ? "↑" : "↓"),
      element("span", { class: "visually-hidden" }, `${direction}: `),
      element(text ? "span" : "code", { class: "content", dir: "auto", "data-testid": "log-content" }, shown),
      element("span", { class: "log-facts" }, `${text ? "text" : "binary"}, ${plural(size, "byte")}`),
      element("span", { class: "time", "data-testid": "log-time" }, time),
    );
    this.#log.append(entry);
    while (this.#log.childElementCount > ENTRIES_KEPT) this.#log.firstElementChild?.remove();
    this.#log.scrollTop = this.#log.scrollHeight;
  }
}

function shorten(text: string): string {
  return text.length > TEXT_SHOWN ? `${text.slice(0, TEXT_SHOWN)}…` : text;
}
