/** Times in names of evidence: `20261130-220000`, UTC. */
export const stampOf = (time: Date): string => time.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
