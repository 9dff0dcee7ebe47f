/** Working directories, one row per group of threads that share one (CLONE_FS): path symbol, users. */
const ROW = 2;

export class Directories {
  private rows = new Int32Array(ROW * 1024);
  private top = 1;
  private free = 0;

  /** A new row with one user. */
  create(path: number): number {
    let row = this.free;
    if (row !== 0) this.free = this.rows[row * ROW]!;
    else {
      if ((this.top + 1) * ROW > this.rows.length) {
        const rows = new Int32Array(this.rows.length * 2);
        rows.set(this.rows);
        this.rows = rows;
      }
      row = this.top++;
    }
    this.rows[row * ROW] = path;
    this.rows[row * ROW + 1] = 1;
    return row;
  }

  share(row: number): number {
    if (row !== 0) this.rows[row * ROW + 1]!++;
    return row;
  }

  release(row: number): void {
    if (row === 0 || --this.rows[row * ROW + 1]! > 0) return;
    this.rows[row * ROW] = this.free;
    this.free = row;
  }

  /** All rows, for whoever looks for symbols in them. */
  get held(): Int32Array {
    return this.rows.subarray(0, this.top * ROW);
  }

  /** Path symbol, 0 when not known. */
  path(row: number): number {
    return row === 0 ? 0 : this.rows[row * ROW]!;
  }

  set(row: number, path: number): void {
    if (row !== 0) this.rows[row * ROW] = path;
  }
}
