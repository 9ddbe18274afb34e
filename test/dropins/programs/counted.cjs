// Counts what is called of `bufferutil`: whoever asks for the module after this has the counting one.

const bufferutil = require("bufferutil");

const { mask, unmask } = bufferutil;
/** The lengths that each was called with. */
const calls = { mask: [], unmask: [] };

bufferutil.mask = (source, key, output, offset, length) => {
  calls.mask.push(length);
  mask(source, key, output, offset, length);
};
bufferutil.unmask = (buffer, key) => {
  calls.unmask.push(buffer.length);
  unmask(buffer, key);
};

exports.name = require("bufferutil/package.json").name;
exports.calls = calls;
