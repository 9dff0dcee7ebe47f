export { directoryTransport } from './directory-transport.ts';
export { evidenceErrors } from './errors.ts';
export { type Delivery, Ledger } from './ledger.ts';
export { hashFile, readSeal, type Seal, sealedCaptures, sealFile, sealLeftovers } from './seal.ts';
export { Shipper, type ShipperOptions, type ShipperStatus } from './shipper.ts';
export { type Credentials, readCredentials, type SmbOptions, smbTransport } from './smb-transport.ts';
export type { Transport, Verification } from './transport.ts';
