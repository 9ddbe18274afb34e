function unavailable(): never {
  throw new Error("this runtime has no such module");
}

export { unavailable as readFileSync, unavailable as runInNewContext };
