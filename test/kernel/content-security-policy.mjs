// What a page finds out about kernels under its Content-Security-Policy: see content-security-policy.test.ts.

import { defaultKernel, FrameDecoder, FrameEncoder, ProtocolError, selectKernel } from "/wsimd/index.js";

/** What becomes of a text that a client sends, and of one that is not UTF-8. */
function conversation(kernel) {
  const encoder = new FrameEncoder({ role: "client", kernel });
  const decoder = new FrameDecoder({ role: "server", kernel });
  const text = "다람쥐 헌 쳇바퀴에 타고파. ".repeat(100);
  const [frame] = decoder.frames(encoder.text(text));
  const same = frame.text() === text;
  try {
    [...decoder.frames(encoder.encode(1, Uint8Array.of(0x61, 0xff)))];
  } catch (error) {
    return { same, code: error instanceof ProtocolError ? error.code : String(error) };
  }
}

function kernelOf({ kernel, fallbackReason }) {
  return { kernel: kernel.name, fallbackReason, ...conversation(kernel) };
}

/** The module that a worker has compiled, which is served without the page's policy; or "unreadable". */
async function postedModule() {
  const worker = new Worker("/worker.js", { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onmessageerror = () => resolve("unreadable");
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}

/** The module that a frame has compiled, which is served without the page's policy. */
async function frameModule() {
  const frame = document.createElement("iframe");
  frame.src = "/frame.html";
  document.body.append(frame);
  await new Promise((resolve) => {
    frame.onload = resolve;
  });
  return frame.contentWindow.compiled;
}

/** The engine's own words on the shortest module there is: WebKit compiles any, and instantiates none. */
function refusal() {
  try {
    const module = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    new WebAssembly.Instance(module);
  } catch (error) {
    return String(error);
  }
}

globalThis.observe = async () => {
  const posted = await postedModule();
  return {
    refusal: refusal(),
    byItself: kernelOf(defaultKernel()),
    posted: posted === "unreadable" ? posted : kernelOf(selectKernel(posted)),
    ofFrame: kernelOf(selectKernel(await frameModule())),
  };
};
