/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <locale.h>

#include "cli/cli.h"
#include "cli/help.h"

static int run(struct cli *cli, struct np_err *err)
{
	if (!cli->command || cli_has(cli, "help")) {
		cli_help(stdout, cli->noun, cli->command);
		return 0;
	}
	return cli->command->run(cli, err);
}

int main(int argc, char **argv)
{
	struct np_err err = { 0 };
	struct cli cli;

	/* Only how wide characters are: numbers and words are the same everywhere. */
	(void)setlocale(LC_CTYPE, "");
	int rc = cli_parse(&cli, argc, argv, &err);
	if (rc == 0)
		rc = run(&cli, &err);
	if (fflush(stdout) != 0 && rc == 0)
		rc = np_fail_sys(&err, errno, "standard output");
	if (rc < 0)
		cli_report(&cli, &err);
	cli_done(&cli);
	return np_code_row(rc)->exit;
}
