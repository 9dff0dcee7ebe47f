/** The machines that a victim can be: one row per profile. Everything in a row is part of the image's cache key. */
import { fail } from './errors.ts';

export interface Profile {
  /** Debian release, for debootstrap and for the sources.list that the victim shows. */
  readonly suite: string;
  readonly packages: readonly string[];
  readonly components: readonly string[];
}

export const profiles: Readonly<Record<string, Profile>> = {
  'debian-12': {
    suite: 'bookworm',
    components: ['main'],
    packages: [
      'sysvinit-core',
      'openssh-server',
      'rsyslog',
      'logrotate',
      'cron',
      'wget',
      'curl',
      'ca-certificates',
      'procps',
      'iproute2',
      'iputils-ping',
      'net-tools',
      'netbase',
      'less',
      'nano',
      'vim-tiny',
      'sudo',
      'file',
      'bzip2',
      'xz-utils',
      'python3-minimal',
    ],
  },
};

export function profileOf(name: string): Profile {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile === undefined) {
    throw fail('WG_VICTIM_PROFILE_UNKNOWN', { found: name, expected: Object.keys(profiles).join(', ') });
  }
  return profile;
}
