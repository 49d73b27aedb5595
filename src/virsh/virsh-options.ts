/** How virsh is to be run. */
export type VirshOptions = {
  /** program name or path */
  readonly path: string;
  /** as `virsh -c` takes it; undefined: virsh's own default */
  readonly uri: string | undefined;
  /** `-r`: enough to read, and refused by libvirt when it comes to pinning */
  readonly readonly: boolean;
  readonly timeoutMs: number;
  /** a descriptor of ours that it keeps open as its 3 for as long as it runs, whatever becomes of us */
  readonly inheritedFd?: number | undefined;
};
