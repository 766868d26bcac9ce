package main

import "golang.org/x/sys/unix"

// diskKinds are the file systems that make a difference, or that are common.
var diskKinds = map[int64]string{
	unix.TMPFS_MAGIC: "tmpfs", unix.OVERLAYFS_SUPER_MAGIC: "overlay", unix.NFS_SUPER_MAGIC: "NFS",
	unix.EXT4_SUPER_MAGIC: "ext4", unix.XFS_SUPER_MAGIC: "XFS", unix.BTRFS_SUPER_MAGIC: "Btrfs", 0x2fc12fc1: "ZFS",
}

func lookAtDisk(dir string) (disk, bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return disk{}, false
	}
	d := disk{kind: diskKinds[int64(s.Type)], free: s.Bavail * uint64(s.Bsize)}
	if d.kind == "" {
		d.kind = "a disk"
	}
	return d, true
}
