import { createServer } from "node:http";
import { Server } from "socket.io";
import { CodecServer } from "./codec-server.ts";

const http = createServer();
const io = new Server(http, { wsEngine: CodecServer });
io.on("connection", (socket) => {
  socket.on("echo", (message, answer) => answer(message));
});
http.listen(8084, "127.0.0.1");
