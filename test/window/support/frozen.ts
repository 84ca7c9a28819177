/** A process stands still while it is looked at, so that its pictures in all themes are of one moment. */
export async function frozen(pid: number, looking: () => Promise<void>): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  try {
    await looking();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}
