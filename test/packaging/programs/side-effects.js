// Loads the modules that its arguments name, and prints what that has changed of all that can be reached from `globalThis`. What
// acts at once throws instead: runtimes forbid some of it while a module is loaded.

const numbers = new WeakMap();
let objects = 0;

/** What tells a value from any other: of an object, the number that it got when it was first seen. */
function identity(value) {
  const isObject = typeof value === "function" || (typeof value === "object" && value !== null);
  if (!isObject) return String(value);
  if (!numbers.has(value)) numbers.set(value, ++objects);
  return `object ${numbers.get(value)}`;
}

/** Every property, by its path, with the value, the getter and the setter that it has. No getter is called. */
function survey() {
  const properties = new Map();
  const seen = new Set();
  const paths = new Map([["globalThis", globalThis]]);
  for (const [path, object] of paths) {
    if (Object(object) !== object || seen.has(object)) continue;
    seen.add(object);
    paths.set(`${path}.[[Prototype]]`, Object.getPrototypeOf(object));
    for (const key of Reflect.ownKeys(object)) {
      const name = `${path}.${String(key)}`;
      const { value, get, set } = Object.getOwnPropertyDescriptor(object, key);
      properties.set(name, [value, get, set].map(identity).join());
      paths.set(name, value).set(`${name}.get`, get).set(`${name}.set`, set);
    }
  }
  return properties;
}

// Node loads some of its globals when they are first used: not then.
for (const name of ["TextEncoder", "TextDecoder", "crypto", "Blob", "AbortController", "MessageEvent"])
  globalThis[name];

const ACTIONS = [
  [crypto, "getRandomValues"],
  [globalThis, "queueMicrotask"],
  [globalThis, "setImmediate"],
  [globalThis, "setInterval"],
  [globalThis, "setTimeout"],
  [Math, "random"],
  [WebAssembly, "compile"],
  [WebAssembly, "Module"],
];
for (const [owner, name] of ACTIONS) {
  Object.defineProperty(owner, name, {
    value() {
      throw new Error(`${name} is called while a module is loaded`);
    },
  });
}

const before = survey();
for (const name of process.argv.slice(2)) await import(name);
const after = survey();

const paths = new Set([...before.keys(), ...after.keys()]);
console.log(JSON.stringify([...paths].filter((path) => before.get(path) !== after.get(path))));
