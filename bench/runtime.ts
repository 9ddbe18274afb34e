// Says what it runs in. Started by main.ts in each runtime before anything is measured there.

import { send } from "./channel.ts";
import { readRuntime } from "./read-environment.ts";

send(readRuntime());
