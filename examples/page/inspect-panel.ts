import type { Role } from "wsimd";
import type { InputFormat, InspectorOptions } from "wsimd/inspect";
import { byId, chosen, element } from "./dom.ts";

/** "A file's frames": what a file holds that is chosen, or dropped anywhere on the page. */
export function inspectPanel(): void {
  const form = byId("inspect", HTMLFormElement);
  const input = byId("inspect-file", HTMLInputElement);
  const stop = byId("inspect-stop", HTMLButtonElement);
  let file: File | undefined;
  let running: Inspection | undefined;
  const inspect = () => {
    running?.stop();
    if (file !== undefined) running = new Inspection(file, form);
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => {
    file = input.files?.[0] ?? file;
    inspect();
  });
  stop.addEventListener("click", () => running?.stop());
  onDrop((dropped) => {
    file = dropped;
    input.value = "";
    form.scrollIntoView({ block: "center" });
    inspect();
  });
}

/** One reading of one file, and all that the panel shows of it until it is stopped. */
class Inspection {
  readonly #file: File;
  readonly #output = byId("inspect-output", HTMLElement);
  readonly #status = byId("inspect-status", HTMLElement);
  readonly #progress = byId("inspect-progress", HTMLProgressElement);
  readonly #left = byId("inspect-left", HTMLElement);
  readonly #stop = byId("inspect-stop", HTMLButtonElement);
  #over = false;

  constructor(file: File, form: HTMLFormElement) {
    this.#file = file;
    const reader = chosen(form, "inspect-role");
    const role = reader === "told" ? undefined : (reader as Role);
    const written = chosen(form, "inspect-format");
    const format = written === "told" ? undefined : (written as InputFormat);
    const deflate = new FormData(form).has("inspect-deflate");
    this.#output.replaceChildren();
    this.#say("running", `Reading ${file.name}`);
    this.#busy(true);
    void this.#run({ format, role, deflate });
  }

  stop(): void {
    this.#finish("stopped", `Stopped reading ${this.#file.name}`);
  }

  async #run(options: Omit<InspectorOptions, "sha1">): Promise<void> {
    try {
      // What reads files is loaded with the first of them.
      const [{ inspectFile }, { InspectionList }] = await Promise.all([
        import("./inspect-run.ts"),
        import("./inspect-list.ts"),
      ]);
      const list = new InspectionList(this.#output);
      const summary = await inspectFile(this.#file, options, {
        onProgress: (records, read) => {
          if (this.#over) return;
          list.add(records);
          this.#show(read);
        },
        stopped: () => this.#over,
      });
      if (summary === undefined) return;
      const [state, sentence] = list.verdict(summary);
      this.#finish(state, `${this.#file.name}: ${sentence}`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#over)
        this.#output.append(element("p", { class: "problem", role: "alert", "data-testid": "inspect-error" }, reason));
      this.#finish("failed", `${this.#file.name} cannot be read`);
    }
  }

  #finish(state: string, sentence: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#say(state, sentence);
    this.#busy(false);
  }

  #show(read: number): void {
    const part = read / Math.max(1, this.#file.size);
    this.#progress.value = part;
    this.#left.textContent = `${Math.floor(100 * part)} %`;
  }

  #say(state: string, sentence: string): void {
    this.#status.dataset.state = state;
    this.#status.textContent = sentence;
  }

  #busy(busy: boolean): void {
    this.#progress.value = 0;
    this.#left.textContent = "";
    this.#progress.hidden = !busy;
    this.#stop.hidden = !busy;
    this.#output.setAttribute("aria-busy", String(busy));
  }
}

/** Takes a file that is dropped anywhere on the page, which the browser would else go to. */
function onDrop(take: (file: File) => void): void {
  const panel = byId("inspect-panel", HTMLElement);
  let inside = 0;
  const mark = () => panel.toggleAttribute("data-dropping", inside > 0);
  addEventListener("dragenter", () => {
    inside++;
    mark();
  });
  addEventListener("dragleave", () => {
    inside--;
    mark();
  });
  addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    inside = 0;
    mark();
    const dropped = event.dataTransfer?.files[0];
    if (dropped === undefined) return; // text, for a field that takes it
    event.preventDefault();
    take(dropped);
  });
}
