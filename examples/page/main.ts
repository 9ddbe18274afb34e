import { defaultKernel } from "wsimd";
import { composePanel } from "./compose-panel.ts";
import { decodePanel } from "./decode-panel.ts";
import { byId } from "./dom.ts";
import { echoPanel } from "./echo-panel.ts";
import { inspectPanel } from "./inspect-panel.ts";
import { speedPanel } from "./speed-panel.ts";

/** Says which kernel runs in this browser, and if it is not the WASM one, why. */
function showKernel(): void {
  const { kernel, fallbackReason } = defaultKernel();
  byId("kernel-name", HTMLElement).textContent = kernel.name;
  byId("kernel", HTMLElement).dataset.kernel = kernel.name;
  const reason = byId("kernel-reason", HTMLElement);
  reason.hidden = fallbackReason === undefined;
  reason.textContent = fallbackReason ?? "";
}

showKernel();
echoPanel();
composePanel(decodePanel());
inspectPanel();
speedPanel();
