/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define FUSE_USE_VERSION 312
#include "lab/fs.h"

#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/statvfs.h>
#include <time.h>

#include <fuse_lowlevel.h>

#include "lab/record.h"
#include "lab/tree.h"

#define CACHE_S                                                                                    \
	86400.0 /* inode numbers are never re-used, and the kernel is told of names that go */
#define INSTANCE_SHIFT 42 /* of an inode number: see entry_of() */
#define THREADS_MAX 16
#define WAKE_AGAIN_MS 20L

struct sim_fs {
	struct sim_lab *lab;
	struct fuse_session *session;
	char *mountpoint;
	pthread_t thread;
	bool started;
	int ended_fd;
	uint64_t instances;
	struct np_list files; /* no release comes for what is open at the end */
};

/* An open file or directory: what its first read saw, for reads further on. */
struct file {
	struct np_list in_fs;
	struct sim_text text;
	struct entry {
		char name[SIM_NAME_MAX];
		uint64_t ino;
		mode_t mode;
	} * entries;
	size_t count, room;
};

/* A read or write that came from the kernel and is not answered yet. */
struct pending {
	struct sim_call call;
	struct sim_fs *fs;
	fuse_req_t req;
	struct file *file;
	size_t size;
	struct sim_record record;
	struct sim_text
		text; /* its own: with the answer the reader may close the file before this thread is back */
};

static struct sim_fs *fs_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

static bool find(struct sim_fs *fs, fuse_ino_t ino, struct sim_place *ret_place)
{
	return sim_place_find(fs->lab->sim, ino & ((1ull << INSTANCE_SHIFT) - 1), ret_place);
}

static struct stat stat_of(const struct sim_place *place, fuse_ino_t ino)
{
	struct stat st = {
		.st_ino = ino,
		.st_mode = sim_place_mode(place),
		.st_nlink = 1,
		.st_uid = geteuid(),
		.st_gid = getegid(),
		.st_blksize = SIM_TEXT_MAX,
	};

	st.st_size = S_ISREG(st.st_mode) ? SIM_TEXT_MAX : 0;
	return st;
}

/*
 * A file that can be written gets a new inode each time it is looked up. Direct writes to one inode wait for
 * each other inside the kernel (parallel ones need Linux 6.2 and libfuse 3.15); here a second writer has to
 * reach the HBA while the first one hangs, as it does with the real files.
 */
static struct fuse_entry_param entry_of(struct sim_fs *fs, const struct sim_place *place)
{
	struct fuse_entry_param entry = {
		.ino = sim_place_ino(place), .attr_timeout = CACHE_S, .entry_timeout = CACHE_S
	};

	if (sim_place_row(place)->store) {
		entry.ino |= ++fs->instances << INSTANCE_SHIFT;
		entry.entry_timeout = 0;
	}
	entry.attr = stat_of(place, entry.ino);
	return entry;
}

static void fs_init(void *data, struct fuse_conn_info *conn)
{
	(void)data;
	conn->want |= conn->capable & FUSE_CAP_CACHE_SYMLINKS;
}

static void fs_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct sim_fs *fs = fs_of(req);
	struct sim_place dir, place;
	struct fuse_entry_param entry;

	sim_lab_lock(fs->lab);
	bool found = find(fs, parent, &dir) && sim_tree_lookup(fs->lab->sim, &dir, name, &place);
	if (found)
		entry = entry_of(fs, &place);
	sim_lab_unlock(fs->lab);
	if (found)
		(void)fuse_reply_entry(req, &entry);
	else
		(void)fuse_reply_err(req, ENOENT);
}

static void reply_attr(fuse_req_t req, fuse_ino_t ino)
{
	struct sim_fs *fs = fs_of(req);
	struct sim_place place;
	struct stat st;

	sim_lab_lock(fs->lab);
	bool found = find(fs, ino, &place);
	if (found)
		st = stat_of(&place, ino);
	sim_lab_unlock(fs->lab);
	if (found)
		(void)fuse_reply_attr(req, &st, CACHE_S);
	else
		(void)fuse_reply_err(req, ENOENT);
}

static void fs_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)fi;
	reply_attr(req, ino);
}

/* Truncation (by a shell's '>') and times are accepted and ignored, as in sysfs. */
static void fs_setattr(
	fuse_req_t req, fuse_ino_t ino, struct stat *attr, int set, struct fuse_file_info *fi)
{
	(void)attr;
	(void)fi;
	if (set & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID))
		(void)fuse_reply_err(req, EPERM);
	else
		reply_attr(req, ino);
}

static void fs_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct sim_fs *fs = fs_of(req);
	char path[SIM_TREE_PATH_MAX];
	struct sim_place place;

	sim_lab_lock(fs->lab);
	bool found = find(fs, ino, &place) && S_ISLNK(sim_place_mode(&place));
	if (found)
		sim_tree_link(fs->lab->sim, &place, path);
	sim_lab_unlock(fs->lab);
	if (found)
		(void)fuse_reply_readlink(req, path);
	else
		(void)fuse_reply_err(req, ENOENT);
}

/* Like the kernel's, the files refuse what their mode does not have, root or not. */
static int check_open(const struct sim_place *place, int flags)
{
	const struct sim_row *row = sim_place_row(place);
	int how = flags & O_ACCMODE;

	if (row->type != SIM_FILE)
		return EINVAL;
	if (how != O_RDONLY && !(row->mode & 0222))
		return EACCES;
	return how != O_WRONLY && !(row->mode & 0444) ? EACCES : 0;
}

static struct file *file_free(struct sim_fs *fs, struct file *file)
{
	if (!file)
		return NULL;
	sim_lab_lock(fs->lab);
	np_list_remove(&file->in_fs);
	sim_lab_unlock(fs->lab);
	free(file->entries);
	free(file);
	return NULL;
}

static void reply_open(fuse_req_t req, struct fuse_file_info *fi)
{
	struct sim_fs *fs = fs_of(req);
	struct file *file = malloc(sizeof(*file));

	if (!file) {
		(void)fuse_reply_err(req, ENOMEM);
		return;
	}
	file->text.len = 0;
	file->entries = NULL;
	file->count = file->room = 0;
	sim_lab_lock(fs->lab);
	np_list_init(&file->in_fs);
	np_list_append(&fs->files, &file->in_fs);
	sim_lab_unlock(fs->lab);
	fi->fh = (uint64_t)(uintptr_t)file;
	if (fuse_reply_open(req, fi) < 0)
		file_free(fs, file);
}

static void fs_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct sim_fs *fs = fs_of(req);
	struct sim_place place;

	sim_lab_lock(fs->lab);
	int error = find(fs, ino, &place) ? check_open(&place, fi->flags) : ENOENT;
	sim_lab_unlock(fs->lab);
	if (error) {
		(void)fuse_reply_err(req, error);
		return;
	}
	fi->direct_io = 1;
	reply_open(req, fi);
}

static void fs_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	file_free(fs_of(req), (struct file *)(uintptr_t)fi->fh);
	(void)fuse_reply_err(req, 0);
}

static void forget_entry(void *data, uint64_t dir, const char *name)
{
	struct sim_fs *fs = data;

	/* ENOENT: nobody had looked it up. */
	(void)fuse_lowlevel_notify_inval_entry(fs->session, dir, name, strlen(name));
}

/*
 * Tells the kernel which names are gone, then lets their numbers be used again. Only the main thread does it:
 * the kernel may wait here for a directory that a lookup holds, and FUSE's threads must stay free to answer that.
 */
static void forget_gone(struct sim_fs *fs)
{
	struct np_list gone;

	sim_lab_lock(fs->lab);
	sim_gone_take(fs->lab->sim, &gone);
	sim_lab_unlock(fs->lab);
	np_list_foreach (one, &gone, struct sim_gone, in_list)
		sim_tree_forget(one, forget_entry, fs);
	sim_lab_lock(fs->lab);
	sim_gone_done(&gone);
	sim_lab_unlock(fs->lab);
}

static struct pending *pending_free(struct pending *pending)
{
	if (pending)
		free(pending->call.text);
	free(pending);
	return NULL;
}

/* With the lock: ends the call and keeps what is needed for the answer. */
static ssize_t finish(struct pending *pending)
{
	struct sim_fs *fs = pending->fs;
	struct sim_call *call = &pending->call;
	ssize_t result = sim_call_finish(fs->lab->sim, call);
	struct sim_place place;

	if (call->store) {
		sim_record_answer(fs->lab, &pending->record, call, result);
		return result;
	}
	if (result < 0)
		return result;
	if (!find(fs, pending->record.ino, &place))
		return -ENODEV;
	int rc = sim_tree_show(fs->lab->sim, &place, &pending->text);
	if (rc < 0)
		return rc;
	pending->file->text = pending->text;
	return (ssize_t)pending->text.len;
}

static void reply_text(fuse_req_t req, const struct sim_text *text, size_t from, size_t size)
{
	size_t at = from < text->len ? from : text->len, left = text->len - at;

	(void)fuse_reply_buf(req, text->data + at, left < size ? left : size);
}

/* Without the lock. */
static void answer(struct pending *pending, ssize_t result)
{
	if (result < 0)
		(void)fuse_reply_err(pending->req, (int)-result);
	else if (pending->call.store)
		(void)fuse_reply_write(pending->req, (size_t)result);
	else
		reply_text(pending->req, &pending->text, 0, pending->size);
	pending_free(pending);
}

static int begin(struct pending *pending)
{
	struct sim_fs *fs = pending->fs;
	struct sim_call *call = &pending->call;
	struct sim_place place;

	if (fs->lab->stopping)
		return -EIO;
	if (!find(fs, pending->record.ino, &place))
		return -ENODEV;
	const struct sim_row *row = sim_place_row(&place);
	call->object = place.object->id;
	call->attr = row->name ? row->name : "";
	call->op = call->text ? row->op : SIM_OP_READ;
	call->store = call->text ? row->store : NULL;
	if (call->store)
		sim_record_write(fs->lab, &pending->record, call, &place);
	return sim_call_begin(fs->lab->sim, call);
}

/* A read is answered here unless it hangs; what ends later, and every write, is ended by sim_fs_tick(). */
static void submit(struct pending *pending)
{
	struct sim_fs *fs = pending->fs;

	sim_lab_lock(fs->lab);
	ssize_t result = begin(pending);
	bool waits = result == 0 && (pending->call.store || pending->call.due > fs->lab->sim->now);
	if (result == 0 && !waits)
		result = finish(pending);
	sim_lab_unlock(fs->lab);
	if (!waits)
		answer(pending, result);
}

static struct pending *pending_new(fuse_req_t req, fuse_ino_t ino, const struct fuse_file_info *fi)
{
	struct pending *pending = calloc(1, sizeof(*pending));

	if (!pending)
		return NULL;
	pending->fs = fs_of(req);
	pending->req = req;
	pending->file = (struct file *)(uintptr_t)fi->fh;
	pending->record.ino = ino;
	pending->record.pid = fuse_req_ctx(req)->pid;
	pending->call.cookie = pending;
	return pending;
}

static void fs_read(
	fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct sim_fs *fs = fs_of(req);
	struct sim_text text;

	if (off > 0) {
		sim_lab_lock(fs->lab);
		text = ((struct file *)(uintptr_t)fi->fh)->text;
		sim_lab_unlock(fs->lab);
		reply_text(req, &text, (size_t)off, size);
		return;
	}
	struct pending *pending = pending_new(req, ino, fi);
	if (!pending) {
		(void)fuse_reply_err(req, ENOMEM);
		return;
	}
	pending->size = size;
	submit(pending);
}

static void fs_write(fuse_req_t req, fuse_ino_t ino, const char *text, size_t size, off_t off,
	struct fuse_file_info *fi)
{
	struct pending *pending = pending_new(req, ino, fi);

	(void)off; /* the kernel's files do not look at it either */
	if (size > SIM_WRITE_MAX)
		size = SIM_WRITE_MAX;
	if (pending)
		pending->call.text = malloc(size + 1);
	if (!pending || !pending->call.text) {
		pending_free(pending);
		(void)fuse_reply_err(req, ENOMEM);
		return;
	}
	memcpy(pending->call.text, text, size);
	pending->call.text[size] = '\0';
	pending->call.len = size;
	submit(pending);
}

static void fs_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	reply_open(req, fi);
}

static int add_entry(void *data, const char *name, uint64_t ino, mode_t mode)
{
	struct file *file = data;

	if (file->count == file->room) {
		size_t room = file->room ? file->room * 2 : 64;
		struct entry *grown = reallocarray(file->entries, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		file->entries = grown;
		file->room = room;
	}
	struct entry *entry = &file->entries[file->count++];
	(void)snprintf(entry->name, sizeof(entry->name), "%s", name);
	entry->ino = ino;
	entry->mode = mode;
	return 0;
}

static int list(struct sim_fs *fs, fuse_ino_t ino, struct file *file)
{
	struct sim_place dir;
	int rc = -ENOENT;

	file->count = 0;
	sim_lab_lock(fs->lab);
	if (find(fs, ino, &dir)) {
		(void)add_entry(file, ".", ino, S_IFDIR);
		(void)add_entry(file, "..", SIM_ROOT_INO, S_IFDIR);
		rc = sim_tree_list(fs->lab->sim, &dir, add_entry, file);
	}
	sim_lab_unlock(fs->lab);
	return rc;
}

static void fs_readdir(
	fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct file *file = (struct file *)(uintptr_t)fi->fh;
	int rc = off == 0 ? list(fs_of(req), ino, file) : 0;
	np_auto(np_free) char *buffer = malloc(size);
	size_t used = 0;

	if (rc < 0 || !buffer) {
		(void)fuse_reply_err(req, rc < 0 ? -rc : ENOMEM);
		return;
	}
	for (size_t i = (size_t)off; i < file->count; i++) {
		const struct entry *entry = &file->entries[i];
		struct stat st = { .st_ino = entry->ino, .st_mode = entry->mode };
		size_t need = fuse_add_direntry(
			req, buffer + used, size - used, entry->name, &st, (off_t)i + 1);
		if (need > size - used)
			break;
		used += need;
	}
	(void)fuse_reply_buf(req, buffer, used);
}

/* Nothing can be made here; without this an open with O_CREAT would say ENOSYS. */
static void fs_create(
	fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *fi)
{
	(void)parent;
	(void)name;
	(void)mode;
	(void)fi;
	(void)fuse_reply_err(req, EACCES);
}

static void fs_statfs(fuse_req_t req, fuse_ino_t ino)
{
	const struct statvfs st = {
		.f_bsize = SIM_TEXT_MAX, .f_frsize = SIM_TEXT_MAX, .f_namemax = NAME_MAX
	};

	(void)ino;
	(void)fuse_reply_statfs(req, &st);
}

static const struct fuse_lowlevel_ops operations = {
	.init = fs_init,
	.lookup = fs_lookup,
	.getattr = fs_getattr,
	.setattr = fs_setattr,
	.readlink = fs_readlink,
	.open = fs_open,
	.release = fs_release,
	.read = fs_read,
	.write = fs_write,
	.opendir = fs_opendir,
	.releasedir = fs_release,
	.readdir = fs_readdir,
	.create = fs_create,
	.statfs = fs_statfs,
};

void sim_fs_tick(struct sim_fs *fs)
{
	for (;;) {
		sim_lab_lock(fs->lab);
		struct sim_call *call = sim_calls_due(fs->lab->sim, fs->lab->sim->now);
		struct pending *pending = call ? call->cookie : NULL;
		ssize_t result = call ? finish(pending) : 0;
		sim_lab_unlock(fs->lab);
		forget_gone(fs);
		if (!call)
			break;
		answer(pending, result);
	}
}

int sim_fs_new(
	struct sim_fs **ret_fs, struct sim_lab *lab, const char *mountpoint, struct np_err *err)
{
	char own_options[] = "fsname=sansim,subtype=sansim,default_permissions";
	char root_options[] = "fsname=sansim,subtype=sansim,default_permissions,allow_other";
	char name[] = "sansim", flag[] = "-o";
	char *argv[] = { name, flag, geteuid() == 0 ? root_options : own_options, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);
	struct sim_fs *fs = calloc(1, sizeof(*fs));

	if (!fs)
		return np_fail_nomem(err);
	fs->lab = lab;
	np_list_init(&fs->files);
	fs->mountpoint = realpath(mountpoint, NULL);
	fs->session = fs->mountpoint ? fuse_session_new(&args, &operations, sizeof(operations), fs)
				     : NULL;
	fuse_opt_free_args(&args);
	if (!fs->session || fuse_session_mount(fs->session, fs->mountpoint) != 0) {
		int rc =
			fs->mountpoint
				? np_fail(err, NP_IO,
					  "cannot mount at '%s': is /dev/fuse there, and may you mount?",
					  mountpoint)
				: np_fail_sys(err, errno, "mount point '%s'", mountpoint);
		if (fs->session)
			fuse_session_destroy(fs->session);
		free(fs->mountpoint);
		free(fs);
		return rc;
	}
	*ret_fs = fs;
	return 0;
}

int sim_fs_daemonize(bool foreground, struct np_err *err)
{
	return fuse_daemonize(foreground) < 0 ? np_fail(err, NP_IO, "cannot go to the background")
					      : 0;
}

static void *serve(void *data)
{
	struct sim_fs *fs = data;
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	uint64_t one = 1;

	if (config) {
		fuse_loop_cfg_set_max_threads(config, THREADS_MAX);
		fuse_loop_cfg_set_idle_threads(config, THREADS_MAX);
		(void)fuse_session_loop_mt(fs->session, config);
		fuse_loop_cfg_destroy(config);
	}
	(void)!write(fs->ended_fd, &one, sizeof(one));
	return NULL;
}

int sim_fs_start(struct sim_fs *fs, int ended_fd, struct np_err *err)
{
	fs->ended_fd = ended_fd;
	int error = pthread_create(&fs->thread, NULL, serve, fs);
	if (error)
		return np_fail_sys(err, error, "starting the file system's thread");
	fs->started = true;
	return 0;
}

static void fail_all(struct sim_fs *fs)
{
	sim_lab_lock(fs->lab);
	fs->lab->stopping = true;
	np_list_foreach (call, &fs->lab->sim->calls, struct sim_call, in_sim) {
		call->due = 0;
		call->done = true;
		call->result = -EIO;
	}
	sim_lab_unlock(fs->lab);
	sim_fs_tick(fs);
}

static void on_wake(int number)
{
	(void)number;
}

/*
 * The FUSE loop sees that it is to end when a signal wakes it; it then cancels its workers. A request to the mount
 * would wake just one of them, and hang when that one goes before the answer.
 */
static void end_loop(struct sim_fs *fs)
{
	const struct sigaction action = { .sa_handler = on_wake };
	struct timespec until;
	int rc;

	(void)sigaction(SIGUSR1, &action, NULL);
	fuse_session_exit(fs->session);
	do {
		/* It may have looked just before it went to sleep: once more then. */
		(void)pthread_kill(fs->thread, SIGUSR1);
		(void)clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += WAKE_AGAIN_MS * 1000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		rc = pthread_timedjoin_np(fs->thread, NULL, &until);
	} while (rc == ETIMEDOUT);
}

struct sim_fs *sim_fs_free(struct sim_fs *fs)
{
	if (!fs)
		return NULL;
	fail_all(fs);
	if (fs->started)
		end_loop(fs);
	fuse_session_unmount(fs->session);
	fuse_session_destroy(fs->session);
	np_list_foreach_safe (file, &fs->files, struct file, in_fs)
		file_free(fs, file);
	free(fs->mountpoint);
	free(fs);
	return NULL;
}
