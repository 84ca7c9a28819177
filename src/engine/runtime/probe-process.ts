import { forbidTelemetry } from './no-telemetry';
import { probeDevice } from './probe-device';
import type { Device } from './session';

forbidTelemetry();
// A process of its own: a driver that crashes ends this one only. The answer is the last line of its output.
probeDevice(process.argv[2] as Device).then(result => {
  process.stdout.write(`\n${JSON.stringify(result)}\n`);
});
