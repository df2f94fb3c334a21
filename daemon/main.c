/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* npivd: options, wiring, signals, and the end of all in reverse order. As `--lane fc:HOST` it is a lane. */
#include <signal.h>
#include <string.h>

#include <popt.h>
#include <systemd/sd-daemon.h>

#include "api/server.h"
#include "base/lane.h"
#include "daemon/config.h"
#include "daemon/listen.h"
#include "fc/lane.h"
#include "service/daemon.h"
#include "zoning/lane.h"

struct options {
	char *config, *sysfs_root, *database, *socket, *lane, *lock_dir, *credentials_dir;
	int print_config, version, debug;
};

struct daemon {
	struct options options;
	struct config config;
	sd_event *event;
	struct svc *svc;
	struct api_server *api;
};

static int parse(struct options *options, int argc, const char **argv)
{
	const struct poptOption rows[] = {
		{ "config", 'c', POPT_ARG_STRING, &options->config, 0,
			"read this file instead of " CONFIG_FILE, "FILE" },
		{ "sysfs-root", 0, POPT_ARG_STRING, &options->sysfs_root, 0,
			"where the kernel shows its devices", "DIR" },
		{ "db", 0, POPT_ARG_STRING, &options->database, 0,
			"the record; also moves the state folder beside it", "FILE" },
		{ "socket", 's', POPT_ARG_STRING, &options->socket, 0,
			"where the REST API listens; also moves the run folder beside it", "PATH" },
		{ "print-config", 0, POPT_ARG_NONE, &options->print_config, 0,
			"print the configuration that holds, and exit", NULL },
		{ "debug", 'd', POPT_ARG_NONE, &options->debug, 0, "log everything", NULL },
		{ "version", 'V', POPT_ARG_NONE, &options->version, 0,
			"print the version, and exit", NULL },
		{ "lane", 0, POPT_ARG_STRING | POPT_ARGFLAG_DOC_HIDDEN, &options->lane, 0,
			"be a lane (npivd starts these)", "NAME" },
		{ "lock-dir", 0, POPT_ARG_STRING | POPT_ARGFLAG_DOC_HIDDEN, &options->lock_dir, 0,
			"of a lane", "DIR" },
		{ "credentials-dir", 0, POPT_ARG_STRING | POPT_ARGFLAG_DOC_HIDDEN,
			&options->credentials_dir, 0, "of a lane", "DIR" },
		POPT_AUTOHELP POPT_TABLEEND,
	};
	poptContext context = poptGetContext("npivd", argc, argv, rows, 0);
	int rc = poptGetNextOpt(context);

	if (rc < -1)
		(void)fprintf(
			stderr, "npivd: %s: %s\n", poptBadOption(context, 0), poptStrerror(rc));
	else if (poptPeekArg(context)) {
		(void)fprintf(
			stderr, "npivd: '%s': npivd takes options only\n", poptPeekArg(context));
		rc = -2;
	}
	(void)poptFreeContext(context);
	return rc < -1 ? -NP_USAGE : 0;
}

static void options_done(struct options *options)
{
	free(options->config);
	free(options->sysfs_root);
	free(options->database);
	free(options->socket);
	free(options->lane);
	free(options->lock_dir);
	free(options->credentials_dir);
}

/* A path given on the command line moves what lies beside it too, so that two daemons share nothing. */
static int apply_options(const struct options *options, struct config *config, struct np_err *err)
{
	const struct {
		const char *value, *section, *key, *option;
		char *directory;
	} rows[] = {
		{ options->sysfs_root, "kernel", "sysfs_root", "--sysfs-root", NULL },
		{ options->database, "npivd", "database", "--db", config->service.state_dir },
		{ options->socket, "npivd", "socket", "--socket", config->service.run_dir },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int rc = rows[i].value ? np_conf_set(config_options, config, rows[i].section,
						 rows[i].key, rows[i].value, rows[i].option, err)
				       : 0;
		const char *slash = rows[i].value ? strrchr(rows[i].value, '/') : NULL;
		if (rc < 0)
			return rc;
		if (rows[i].directory && slash)
			(void)snprintf(rows[i].directory, sizeof config->service.state_dir, "%.*s",
				slash == rows[i].value ? 1 : (int)(slash - rows[i].value),
				rows[i].value);
	}
	if (options->debug)
		(void)snprintf(config->log_level, sizeof config->log_level, "debug");
	return 0;
}

static int read_config(const struct options *options, struct config *ret_config, struct np_err *err)
{
	int rc = config_read(ret_config, options->config, err);

	if (rc == 0)
		rc = apply_options(options, ret_config, err);
	ssize_t len = readlink("/proc/self/exe", ret_config->service.program,
		sizeof ret_config->service.program - 1);
	if (rc == 0 && len < 0)
		rc = np_fail_sys(err, errno, "readlink /proc/self/exe");
	return rc;
}

static int on_stop(
	sd_event_source *source, const struct signalfd_siginfo *info, void *data np_unused)
{
	np_log(LOG_INFO, "signal %u: stopping", info->ssi_signo);
	(void)sd_notify(0, "STOPPING=1");
	(void)sd_event_exit(sd_event_source_get_event(source), 0);
	return 0;
}

static int on_reload(sd_event_source *source np_unused,
	const struct signalfd_siginfo *info np_unused, void *data)
{
	struct daemon *daemon = data;
	struct config config = { 0 };
	struct np_err err = { 0 };

	(void)sd_notify(0, "RELOADING=1");
	if (read_config(&daemon->options, &config, &err) < 0)
		np_log(LOG_ERR, "configuration not reloaded: %s", err.msg);
	else {
		/* What is open stays open: paths and names need a restart. */
		struct svc_settings *old = &daemon->config.service;
		memcpy(config.service.host, old->host, sizeof old->host);
		memcpy(config.service.sysfs_root, old->sysfs_root, sizeof old->sysfs_root);
		memcpy(config.service.state_dir, old->state_dir, sizeof old->state_dir);
		memcpy(config.service.run_dir, old->run_dir, sizeof old->run_dir);
		daemon->config = config;
		np_log_set_level(np_log_level_from_name(config.log_level));
		svc_set_settings(daemon->svc, &config.service);
		np_log(LOG_INFO, "configuration reloaded");
	}
	(void)sd_notify(0, "READY=1");
	return 0;
}

static int add_signals(struct daemon *daemon, struct np_err *err)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	sigset_t set;
	int rc;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		(void)sigaddset(&set, signals[i]);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	rc = sd_event_new(&daemon->event);
	if (rc >= 0)
		rc = sd_event_add_signal(daemon->event, NULL, SIGTERM, on_stop, daemon);
	if (rc >= 0)
		rc = sd_event_add_signal(daemon->event, NULL, SIGINT, on_stop, daemon);
	if (rc >= 0)
		rc = sd_event_add_signal(daemon->event, NULL, SIGHUP, on_reload, daemon);
	if (rc >= 0)
		rc = sd_event_set_watchdog(daemon->event, 1);
	return rc < 0 ? np_fail_sys(err, -rc, "event loop") : 0;
}

static int serve(struct daemon *daemon, struct np_err *err)
{
	struct config *config = &daemon->config;
	np_auto(np_close) int fd = -1;
	int rc = add_signals(daemon, err);

	if (rc == 0)
		rc = svc_new(&daemon->svc, daemon->event, config->database, &config->service, err);
	if (rc == 0)
		rc = daemon_listen(config->socket, config->socket_group, &fd, err);
	if (rc == 0)
		rc = api_server_new(&daemon->api, daemon->event, daemon->svc,
			&(struct api_server_spec){ .listen_fd = fd }, err);
	if (rc < 0)
		return rc;
	(void)np_take_fd(&fd);
	(void)sd_notify(0, "READY=1");
	np_log(LOG_INFO, "npivd " NP_VERSION " serves %s, record %s, devices %s", config->socket,
		config->database, config->service.sysfs_root);
	rc = sd_event_loop(daemon->event);
	return rc < 0 ? np_fail_sys(err, -rc, "event loop") : 0;
}

static int run_daemon(struct daemon *daemon, struct np_err *err)
{
	int rc = read_config(&daemon->options, &daemon->config, err);

	if (rc < 0)
		return rc;
	if (daemon->options.print_config) {
		np_auto(np_free) char *text = np_conf_print(config_options, &daemon->config);
		return text && fputs(text, stdout) >= 0 ? 0 : np_fail_nomem(err);
	}
	np_log_set_level(np_log_level_from_name(daemon->config.log_level));
	rc = serve(daemon, err);
	daemon->api = api_server_free(daemon->api);
	daemon->svc = svc_free(daemon->svc);
	daemon->event = sd_event_unref(daemon->event);
	return rc;
}

static int run_fc_lane(const struct options *options, const char *name, struct np_err *err)
{
	return fc_lane_main(
		&(struct fc_lane_spec){
			.sysfs_root = options->sysfs_root ? options->sysfs_root : "/sys",
			.host = name,
			.lock_dir = options->lock_dir ? options->lock_dir : "",
			.fd = NP_LANE_FD },
		err);
}

static int run_san_lane(const struct options *options, const char *name, struct np_err *err)
{
	return zone_lane_main(
		&(struct zone_lane_spec){ .fabric = name,
			.credentials_dir = options->credentials_dir ? options->credentials_dir : "",
			.lock_dir = options->lock_dir,
			.fd = NP_LANE_FD },
		err);
}

static const struct {
	const char *prefix;
	int (*run)(const struct options *options, const char *name, struct np_err *err);
} lanes[] = {
	{ "fc:", run_fc_lane },
	{ "san:", run_san_lane },
};

static int run_lane(const struct options *options, struct np_err *err)
{
	for (size_t i = 0; i < sizeof lanes / sizeof *lanes; i++) {
		size_t len = strlen(lanes[i].prefix);
		if (strncmp(options->lane, lanes[i].prefix, len) == 0)
			return lanes[i].run(options, options->lane + len, err);
	}
	return np_fail(err, NP_USAGE, "there is no lane '%s'", options->lane);
}

int main(int argc, char **argv)
{
	struct daemon daemon = { 0 };
	struct np_err err = { 0 };
	int rc;

	np_log_init("npivd", LOG_INFO);
	rc = parse(&daemon.options, argc, (const char **)(void *)argv);
	if (rc == 0 && daemon.options.version)
		(void)printf("npivd %s\n", NP_VERSION);
	else if (rc == 0)
		rc = daemon.options.lane ? run_lane(&daemon.options, &err)
					 : run_daemon(&daemon, &err);
	if (rc < 0 && err.msg[0])
		np_log(LOG_ERR, "%s", err.msg);
	options_done(&daemon.options);
	return np_code_row(rc)->exit;
}
