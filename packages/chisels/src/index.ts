export type { Chisel, ChiselArgument, ChiselHost, ChiselOutput } from './chisel.ts';
export { errors as chiselErrors } from './errors.ts';
export { formatBytes, formatTime } from './sizes.ts';
export { chisels, findChisel, startChisel } from './table.ts';
