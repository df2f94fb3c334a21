/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sansim: options, the main loop, and the end. */
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>

#include <popt.h>
#include <systemd/sd-event.h>

#include "base/file.h"
#include "base/log.h"
#include "lab/command.h"
#include "lab/config.h"
#include "lab/fs.h"
#include "lab/http.h"
#include "lab/server.h"

struct options {
	struct sim_setup setup;
	char *config, *control, *log, *driver, *mountpoint;
	char **switches; /* --switch, as they were given */
	int foreground, default_mask, seed, version;
};

struct program {
	struct options options;
	struct sim_lab lab;
	struct sim_fs *fs;
	struct sim_server *server;
	struct sim_http *http;
	sd_event *event;
	sd_event_source *timer;
	int ended_fd;
};

/* Does what is due, then sleeps until the next thing is. */
static void look(struct program *program)
{
	struct sim_lab *lab = &program->lab;

	sim_lab_lock(lab);
	lab->armed = 0; /* nobody needs to wake us while we look */
	sim_lab_unlock(lab);
	sim_fs_tick(program->fs);
	sim_lab_lock(lab);
	lab->armed = sim_lab_next(lab);
	int64_t next = lab->armed;
	sim_lab_unlock(lab);
	if (next == SIM_NEVER) {
		(void)sd_event_source_set_enabled(program->timer, SD_EVENT_OFF);
		return;
	}
	(void)sd_event_source_set_time(program->timer, next > 0 ? (uint64_t)next * 1000 : 0);
	(void)sd_event_source_set_enabled(program->timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	look(data);
	return 0;
}

static int on_wake(sd_event_source *source, int fd, uint32_t events, void *data)
{
	uint64_t count;

	(void)source;
	(void)events;
	(void)!read(fd, &count, sizeof(count)); /* empty already: fine */
	look(data);
	return 0;
}

/* Somebody unmounted the tree. */
static int on_ended(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct program *program = data;

	(void)source;
	(void)fd;
	(void)events;
	return sd_event_exit(program->event, 0);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	struct program *program = data;

	(void)source;
	(void)info;
	return sd_event_exit(program->event, 0);
}

static char *run_command(void *data, char *line)
{
	struct program *program = data;
	struct sim_answer answer = { 0 };
	struct np_err err = { 0 };

	sim_lab_lock(&program->lab);
	int rc = sim_command_run(program->lab.sim, line, &answer, &err);
	sim_lab_unlock(&program->lab);
	sim_http_wake(program->http);
	/* What the command let go is answered before the command is. */
	look(program);
	if (answer.quit)
		(void)sd_event_exit(program->event, 0);
	return sim_answer_text(&answer, rc, &err);
}

static int add_sources(struct program *program, struct np_err *err)
{
	sd_event *event = program->event;
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	int rc = sd_event_add_signal(event, NULL, SIGTERM, on_signal, program);
	if (rc >= 0)
		rc = sd_event_add_signal(event, NULL, SIGINT, on_signal, program);
	if (rc >= 0)
		rc = sd_event_add_io(event, NULL, program->lab.wake_fd, EPOLLIN, on_wake, program);
	if (rc >= 0)
		rc = sd_event_add_io(event, NULL, program->ended_fd, EPOLLIN, on_ended, program);
	if (rc >= 0)
		rc = sd_event_add_time(
			event, &program->timer, CLOCK_MONOTONIC, 0, 1, on_timer, program);
	return rc < 0 ? np_fail_sys(err, -rc, "event loop") : 0;
}

static int open_log(struct program *program, struct np_err *err)
{
	const char *path = program->options.log;

	if (!path)
		return 0;
	program->lab.log = fopen(path, "ae");
	return program->lab.log ? 0 : np_fail_sys(err, errno, "log '%s'", path);
}

static int build_san(struct program *program, struct np_err *err)
{
	const struct options *options = &program->options;
	np_auto(np_free) char *text = NULL;

	int rc = sim_new(&program->lab.sim, sim_now(), (uint64_t)options->seed, err);
	if (rc == 0)
		rc = sim_http_new(&program->http, &program->lab, err);
	if (rc == 0 && options->config)
		rc = np_file_read(AT_FDCWD, options->config, SIM_CONFIG_MAX, &text, err);
	if (rc < 0)
		return rc;
	rc = sim_config_apply(program->lab.sim, &options->setup, text, err);
	return options->config ? np_wrap(err, rc, "%s", options->config) : rc;
}

/* What must be there before the parent process goes: the tree and the socket. */
static int open_world(struct program *program, struct np_err *err)
{
	const struct options *options = &program->options;

	int rc = build_san(program, err);
	if (rc == 0)
		rc = open_log(program, err);
	if (rc == 0 && options->control)
		rc = sim_server_new(&program->server, options->control, err);
	if (rc == 0)
		rc = sim_fs_new(&program->fs, &program->lab, options->mountpoint, err);
	return rc == 0 ? sim_fs_daemonize(options->foreground, err) : rc;
}

static int start(struct program *program, struct np_err *err)
{
	int rc = sd_event_new(&program->event);

	program->lab.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	program->ended_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (rc < 0 || program->lab.wake_fd < 0 || program->ended_fd < 0)
		return np_fail_sys(err, rc < 0 ? -rc : errno, "event loop");
	rc = add_sources(program, err);
	if (rc == 0 && program->server)
		rc = sim_server_attach(program->server, program->event, run_command, program, err);
	if (rc == 0)
		rc = sim_http_start(program->http, err);
	return rc == 0 ? sim_fs_start(program->fs, program->ended_fd, err) : rc;
}

static int run(struct program *program, struct np_err *err)
{
	int rc = open_world(program, err);

	if (rc == 0)
		rc = start(program, err);
	if (rc < 0)
		return rc;
	rc = sd_event_loop(program->event);
	return rc < 0 ? np_fail_sys(err, -rc, "event loop") : 0;
}

static void program_done(struct program *program)
{
	program->http = sim_http_free(program->http);
	program->fs = sim_fs_free(program->fs);
	program->server = sim_server_free(program->server);
	(void)sd_event_source_unref(program->timer);
	(void)sd_event_unref(program->event);
	np_close(&program->lab.wake_fd);
	np_close(&program->ended_fd);
	np_fclose(&program->lab.log);
	program->lab.sim = sim_free(program->lab.sim);
	(void)pthread_mutex_destroy(&program->lab.lock);
	free(program->options.config);
	free(program->options.control);
	free(program->options.log);
	free(program->options.driver);
	for (char **spec = program->options.switches; spec && *spec; spec++)
		free(*spec);
	free(program->options.switches);
	free(program->options.mountpoint);
}

static int parse_options(struct options *options, int argc, const char **argv)
{
	const struct poptOption rows[] = {
		{ "hbas", 0, POPT_ARG_INT, &options->setup.hbas, 0,
			"number of HBAs (default 4), in turns on fabric A and B", "N" },
		{ "targets", 0, POPT_ARG_INT, &options->setup.targets, 0,
			"array ports per fabric (default 1)", "N" },
		{ "luns", 0, POPT_ARG_INT, &options->setup.luns, 0,
			"LUNs on both fabrics (default 8)", "N" },
		{ "driver", 0, POPT_ARG_STRING, &options->driver, 0,
			"driver of the HBAs (default lpfc)", "NAME" },
		{ "default-mask", 0, POPT_ARG_NONE, &options->default_mask, 0,
			"show every LUN to every port", NULL },
		{ "config", 0, POPT_ARG_STRING, &options->config, 0,
			"what the SAN looks like, as JSON", "FILE" },
		{ "control", 0, POPT_ARG_STRING, &options->control, 0, "control socket", "SOCKET" },
		{ "log", 0, POPT_ARG_STRING, &options->log, 0,
			"append a JSON line for each write to the tree", "FILE" },
		{ "switch", 0, POPT_ARG_ARGV, &options->switches, 0,
			"a switch in front of a fabric's zones, e.g. A=fos:8443:9.1.0b", "SPEC" },
		{ "seed", 0, POPT_ARG_INT, &options->seed, 0, "of the jitter in login times", "N" },
		{ "foreground", 'f', POPT_ARG_NONE, &options->foreground, 0,
			"stay in the foreground", NULL },
		{ "version", 0, POPT_ARG_NONE, &options->version, 0, "print the version", NULL },
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext context = poptGetContext("sansim", argc, argv, rows, 0);

	poptSetOtherOptionHelp(
		context, "[OPTIONS] MOUNTPOINT\n       sansim ctl SOCKET COMMAND...");
	int rc = poptGetNextOpt(context);
	const char *mountpoint = poptGetArg(context);
	const char *extra = poptGetArg(context);
	if (rc < -1)
		(void)fprintf(
			stderr, "sansim: %s: %s\n", poptBadOption(context, 0), poptStrerror(rc));
	else if (!options->version && (!mountpoint || extra))
		(void)fprintf(stderr, "sansim: give one mount point; see sansim --help\n");
	else
		rc = 0;
	if (mountpoint)
		options->mountpoint = strdup(mountpoint);
	options->setup.default_mask = options->default_mask != 0;
	options->setup.driver = options->driver;
	options->setup.switches = (const char *const *)options->switches;
	poptFreeContext(context);
	return rc;
}

int main(int argc, char **argv)
{
	struct program program = { .ended_fd = -1 };
	struct np_err err = { 0 };

	np_log_init("sansim", LOG_INFO);
	if (argc >= 4 && strcmp(argv[1], "ctl") == 0)
		return sim_client(argv[2], (const char *const *)argv + 3);
	program.options.setup = (struct sim_setup){ .hbas = 4, .targets = 1, .luns = 8 };
	program.options.seed = 1;
	program.lab.wake_fd = -1;
	(void)pthread_mutex_init(&program.lab.lock, NULL);
	int rc = parse_options(&program.options, argc, (const char **)(void *)argv);
	if (rc == 0 && program.options.version)
		(void)printf("sansim %s\n", NP_VERSION);
	else if (rc == 0)
		rc = run(&program, &err);
	if (rc < 0 && err.msg[0])
		np_log(LOG_ERR, "%s", err.msg);
	program_done(&program);
	return rc < 0 ? np_code_row(err.msg[0] ? rc : -NP_USAGE)->exit : 0;
}
