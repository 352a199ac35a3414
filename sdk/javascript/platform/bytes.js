// Bytes of whatever holds bytes.

export const bytesOf = (input) => {
  if (input === undefined) return new Uint8Array(0);
  if (input instanceof Uint8Array) return input;
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  if (input instanceof ArrayBuffer) return new Uint8Array(input);
  throw new TypeError("bytes expected: a typed array, a DataView or an ArrayBuffer");
};
