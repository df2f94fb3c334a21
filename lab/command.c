/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lab/command.h"

#include <string.h>

#include "base/json.h"

static const struct sim_command *const tables[] = { sim_general_commands, sim_hba_commands,
	sim_san_commands, sim_switch_commands };

#define N_TABLES (sizeof(tables) / sizeof(tables[0]))

int sim_parse_number(const char *text, uint64_t max, uint64_t *ret_number, struct np_err *err)
{
	char *end;

	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	if (errno || *end || end == text || text[0] == '-' || text[0] == '+' || value > max)
		return np_fail(err, NP_INVAL, "'%.30s' is no number from 0 to %llu", text,
			(unsigned long long)max);
	*ret_number = value;
	return 0;
}

int sim_parse_switch(
	const char *text, const char *on, const char *off, bool *ret_on, struct np_err *err)
{
	if (strcmp(text, on) != 0 && strcmp(text, off) != 0)
		return np_fail(err, NP_INVAL, "'%.30s': say '%s' or '%s'", text, on, off);
	*ret_on = strcmp(text, on) == 0;
	return 0;
}

static size_t split(char *line, char *words[static SIM_WORDS_MAX])
{
	size_t count = 0;
	char *rest = NULL;

	for (char *word = strtok_r(line, " \t\r\n", &rest); word && count < SIM_WORDS_MAX;
		word = strtok_r(NULL, " \t\r\n", &rest))
		words[count++] = word;
	return count;
}

/* How many of @words the command's name takes; 0: it is another command. */
static size_t name_length(const struct sim_command *command, char *const *words, size_t count)
{
	const char *second = strchr(command->name, ' ');
	size_t first = second ? (size_t)(second - command->name) : strlen(command->name);

	if (strlen(words[0]) != first || strncmp(words[0], command->name, first) != 0)
		return 0;
	if (!second)
		return 1;
	return count > 1 && strcmp(words[1], second + 1) == 0 ? 2 : 0;
}

static const struct sim_command *find_command(char *const *words, size_t count, size_t *ret_length)
{
	for (size_t i = 0; i < N_TABLES; i++) {
		for (const struct sim_command *command = tables[i]; command->name; command++) {
			*ret_length = name_length(command, words, count);
			if (*ret_length)
				return command;
		}
	}
	return NULL;
}

int sim_command_run(struct sim *sim, char *line, struct sim_answer *answer, struct np_err *err)
{
	char *words[SIM_WORDS_MAX];
	size_t count = split(line, words), length;

	if (count == 0)
		return np_fail(err, NP_INVAL, "empty command: try 'help'");
	const struct sim_command *command = find_command(words, count, &length);
	if (!command)
		return np_fail(err, NP_INVAL, "there is no command '%.30s': try 'help'", words[0]);
	const struct sim_args args = { words + length, count - length };
	if (args.count < command->min || args.count > command->max)
		return np_fail(err, NP_INVAL, "usage: %s %s", command->name, command->args);
	return command->run(sim, &args, answer, err);
}

char *sim_answer_text(struct sim_answer *answer, int rc, const struct np_err *err)
{
	char *text = NULL;

	if (rc < 0) {
		if (asprintf(&text, "error: %s", err->msg) < 0)
			text = NULL;
	} else {
		text = answer->json ? json_dumps(answer->json, JSON_COMPACT) : strdup("ok");
	}
	json_decref(answer->json);
	answer->json = NULL;
	return text;
}

static int run_help(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	(void)sim;
	(void)args;
	answer->json = json_array();
	if (!answer->json)
		return np_fail_nomem(err);
	for (size_t i = 0; i < N_TABLES; i++) {
		for (const struct sim_command *command = tables[i]; command->name; command++)
			(void)json_array_append_new(
				answer->json, json_sprintf("%s %s: %s", command->name,
						      command->args, command->help));
	}
	return 0;
}

static int run_status(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	(void)args;
	answer->json = sim_status(sim);
	return answer->json ? 0 : np_fail_nomem(err);
}

static int run_quit(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	(void)sim;
	(void)args;
	(void)err;
	answer->quit = true;
	return 0;
}

static const struct {
	const char *name;
	size_t offset;
} delays[] = {
	{ "login", offsetof(struct sim_delays, login) },
	{ "jitter", offsetof(struct sim_delays, jitter) },
	{ "rport", offsetof(struct sim_delays, rport) },
	{ "lun", offsetof(struct sim_delays, lun) },
	{ "create", offsetof(struct sim_delays, create) },
	{ "delete", offsetof(struct sim_delays, remove) },
	{ "devloss", offsetof(struct sim_delays, dev_loss) },
};

#define DELAY_MAX_MS 86400000

static int set_delay(struct sim *sim, const char *name, const char *value, struct np_err *err)
{
	uint64_t ms;

	int rc = sim_parse_number(value, DELAY_MAX_MS, &ms, err);
	if (rc < 0)
		return rc;
	for (size_t row = 0; row < sizeof(delays) / sizeof(delays[0]); row++) {
		if (strcmp(delays[row].name, name) == 0) {
			*(int64_t *)(void *)((char *)&sim->delays + delays[row].offset) =
				(int64_t)ms;
			return 0;
		}
	}
	return np_fail(err, NP_INVAL,
		"'%.20s' has no delay: login, jitter, rport, lun, create, delete, devloss", name);
}

static int run_delay(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	(void)answer;
	return set_delay(sim, args->words[0], args->words[1], err);
}

const struct sim_command sim_general_commands[] = {
	{ "help", "", 0, 0, run_help, "all commands" },
	{ "status", "", 0, 0, run_status, "everything, as JSON" },
	{ "quit", "", 0, 0, run_quit, "fail what hangs with EIO, unmount, end" },
	{ "delay", "login|jitter|rport|lun|create|delete|devloss MS", 2, 2, run_delay,
		"how long each step takes from now on" },
	{ 0 },
};
