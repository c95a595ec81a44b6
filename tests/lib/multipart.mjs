// Bodies of multipart/form-data, written by hand so that a test decides about every byte.

/** Parts: {name, filename?, type?, data: text | Buffer}. */
export function multipartBody(parts, boundary) {
  const pieces = [];
  for (const { name, filename, type, data = '' } of parts) {
    let head = `--${boundary}\r\ncontent-disposition: form-data; name="${name}"`;
    if (filename !== undefined) head += `; filename="${filename}"`;
    head += '\r\n';
    if (type !== undefined) head += `content-type: ${type}\r\n`;
    pieces.push(Buffer.from(`${head}\r\n`), Buffer.from(data), Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
}
