// The tests in workerd, while it handles a request. Vitest sets a timer when it is loaded, which is not allowed before.

export default {
  async fetch(): Promise<Response> {
    const { run } = await import("./run.ts");
    return Response.json(await run());
  },
};
