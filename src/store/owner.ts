/** A process, told apart from a later one that was given the same number. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** The run of the machine since it was switched on; empty where the system does not say. */
  readonly boot: string;
  /** The space in which `pid` is a number (a container has its own); empty where there is one only. */
  readonly space: string;
  /** When the process began, in the system's own words; empty where it does not say. */
  readonly started: string;
}

/** `unknown` for a process of another machine or container: only its heartbeat can tell. */
export type Fate = "alive" | "dead" | "unknown";
