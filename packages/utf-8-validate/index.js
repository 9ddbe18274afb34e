"use strict";

const { isValidUtf8 } = require("wsimd");

/** @type {typeof import("./index.js")} */
module.exports = function isValidUTF8(buffer) {
  // Nothing but the buffer: isValidUtf8 takes a range after it.
  return isValidUtf8(buffer);
};
