import { createServer } from "node:http";
import { Server } from "socket.io";
import { CodecServer } from "./codec-server.ts";

const http = createServer();
const io = new Server(http, { wsEngine: CodecServer });
io.on("connection", (socket) => {
  socket.on("echo", (message, answer) => {
    if (typeof answer === "function") answer(message); // whoever emits need not ask for an answer
  });
});
http.on("error", ({ message }) => {
  console.error(message); // such as that the port is in use
  process.exitCode = 1;
});
http.listen(8084, "127.0.0.1", () => console.log("Socket.IO is at http://127.0.0.1:8084/"));
