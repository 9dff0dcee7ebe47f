/** The victim's own life, condensed, and an administrator who looks around: nothing of it may alert above notice. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Instance } from '../e2e/instance.ts';
import type { Client } from './client.ts';

/** Every minute what cron does by the hour, the day, the week and the month; and the rotation of all logs. */
const CRON = `SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin
* * * * * root cd / && run-parts --report /etc/cron.hourly
* * * * * root cd / && run-parts --report /etc/cron.daily
* * * * * root cd / && run-parts --report /etc/cron.weekly; run-parts --report /etc/cron.monthly
* * * * * root /usr/sbin/logrotate -f /etc/logrotate.conf
`;

const rootOf = (honeypot: Instance): string => `/proc/${honeypot.pidOf('victim')}/root`;

/** Puts the lines into the victim from outside, as if they had been installed with it. */
export function addCronLines(honeypot: Instance): void {
  writeFileSync(`${rootOf(honeypot)}/etc/cron.d/condensed`, CRON);
}

export function removeCronLines(honeypot: Instance): void {
  writeFileSync(`${rootOf(honeypot)}/etc/cron.d/condensed`, '# nothing\n');
}

/** Whether cron has run the daily jobs by now. */
export function cronHasRun(honeypot: Instance): boolean {
  return ['cron.log', 'cron.log.1', 'syslog', 'syslog.1'].some((name) => {
    try {
      return readFileSync(`${rootOf(honeypot)}/var/log/${name}`, 'utf8').includes('/etc/cron.daily');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  });
}

/** An administrator's ordinary log-in, with a terminal. */
export async function administrate(client: Client): Promise<void> {
  await client.type('user', 'ls\nls -la\ncd /var/log\nls\ndf -h\nuptime\nsudo -n -l\nexit\n', { terminal: true });
}

/** Strangers whom sshd refuses: too few tries to be brute force. */
export async function knock(client: Client): Promise<void> {
  const from = client.attacker.addresses[3] ?? '';
  for (const user of ['root', 'admin', 'oracle']) await client.guess(user, 'nope', from);
}
