/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of "hedate exception", each a command like those of cmd.h. */
#ifndef HEDATE_CMD_EXCEPTION_H
#define HEDATE_CMD_EXCEPTION_H

#include "cmd.h"

int cmd_exception_request(struct cli *cli, int argc, char **argv);
int cmd_exception_approve(struct cli *cli, int argc, char **argv);
int cmd_exception_refuse(struct cli *cli, int argc, char **argv);
int cmd_exception_revoke(struct cli *cli, int argc, char **argv);
int cmd_exception_report(struct cli *cli, int argc, char **argv);
int cmd_exception_list(struct cli *cli, int argc, char **argv);
int cmd_exception_show(struct cli *cli, int argc, char **argv);
int cmd_exception_export(struct cli *cli, int argc, char **argv);

#endif
