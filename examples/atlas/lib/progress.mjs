// A progress bar on a terminal; a line every few seconds elsewhere.
const width = 30;

export class Progress {
  constructor(what, total, done = 0) {
    this.what = what;
    this.total = total;
    this.first = done;
    this.done = done;
    this.began = performance.now();
    this.drawn = process.stdout.isTTY ? -Infinity : this.began;
  }

  add(rows) {
    this.done += rows;
    const now = performance.now();
    if (now - this.drawn < (process.stdout.isTTY ? 100 : 5000)) return;
    this.drawn = now;
    this.draw(process.stdout.isTTY ? '\r' : '');
  }

  finish() {
    this.draw(process.stdout.isTTY ? '\r' : '');
    if (process.stdout.isTTY) process.stdout.write('\n');
  }

  draw(before) {
    const seconds = (performance.now() - this.began) / 1000;
    const rate = (this.done - this.first) / Math.max(seconds, 1e-3);
    const filled = Math.round((this.done / this.total) * width);
    const rest = rate > 0 ? Math.ceil((this.total - this.done) / rate) : '?';
    const end = this.done === this.total ? `${seconds.toFixed(1)} s` : `${rest} s left`;
    process.stdout.write(`${before}${this.what} [${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ` +
        `${this.done}/${this.total}  ${Math.round(rate)} rows/s  ${end}   ${before ? '' : '\n'}`);
  }
}
