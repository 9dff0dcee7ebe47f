/**
 * The Samba configuration of a share where honeypots may add evidence and do nothing else with it. Who writes a file does
 * not own it, cannot open it again and cannot list the folder; with Samba's modules nobody may change a file through the share once it is
 * a second old.
 */

/** Owner of everything on the share; no honeypot knows its password, for it has none. */
export const SHARE_OWNER = 'wgevidence';
export const DROP_SHARE = 'waspglass';
export const RECEIPTS_SHARE = 'waspglass-receipts';

const ACCOUNT = /^[a-z][a-z0-9-]{0,30}$/;
export const isAccountName = (name: string): boolean => ACCOUNT.test(name) && name !== SHARE_OWNER && name !== 'root';

type Settings = readonly (readonly [name: string, value: string])[];

/** For the whole server: nobody without a password, nothing unencrypted, nothing older than SMB 3.1.1. */
const global: Settings = [
  ['server min protocol', 'SMB3_11'],
  ['server signing', 'mandatory'],
  ['smb encrypt', 'required'],
  ['map to guest', 'never'],
  ['restrict anonymous', '2'],
  ['unix extensions', 'no'],
  ['disable netbios', 'yes'],
];

const drop = (directory: string, users: readonly string[]): Settings => [
  ['path', `${directory}/evidence/%U`],
  ['valid users', users.join(' ')],
  ['read only', 'no'],
  ['browseable', 'no'],
  ['smb encrypt', 'required'],
  // Files belong to the folder's owner from their first moment, and their writer may not open them again.
  ['inherit owner', 'unix only'],
  ['create mask', '0400'],
  ['force create mode', '0400'],
  ['directory mask', '0000'],
  ['nt acl support', 'no'],
  ['store dos attributes', 'no'],
  ['map archive', 'no'],
  ['ea support', 'no'],
  ['follow symlinks', 'no'],
  ['oplocks', 'no'],
  ['level2 oplocks', 'no'],
  ['strict sync', 'yes'],
];

/** A second wall, and a record of refusals: modules of Samba that Debian has in a package of its own. */
const modules: Settings = [
  ['vfs objects', 'full_audit worm'],
  ['worm:grace_period', '1'],
  ['full_audit:prefix', '%u|%I|%S'],
  ['full_audit:success', 'connect disconnect create_file renameat unlinkat mkdirat'],
  ['full_audit:failure', 'create_file renameat unlinkat mkdirat'],
];

const receipts = (directory: string, users: readonly string[]): Settings => [
  ['path', `${directory}/receipts/%U`],
  ['valid users', users.join(' ')],
  ['read only', 'yes'],
  ['browseable', 'no'],
  ['smb encrypt', 'required'],
  ['follow symlinks', 'no'],
];

/** Text to be included at the end of smb.conf. */
export function shareConfig(directory: string, users: readonly string[], hasModules: boolean): string {
  const sections: readonly (readonly [string, Settings])[] = [
    ['global', global],
    [DROP_SHARE, [...drop(directory, users), ...(hasModules ? modules : [])]],
    [RECEIPTS_SHARE, receipts(directory, users)],
  ];
  const text = sections.map(([name, settings]) => {
    const lines = settings.map(([key, value]) => `  ${key} = ${value}\n`);
    return `[${name}]\n${lines.join('')}`;
  });
  return `# Made by waspglass share init; run it again to add honeypots.\n${text.join('\n')}`;
}
