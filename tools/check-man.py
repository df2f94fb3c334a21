#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the manual pages with what they describe: commands and options with the programs' own help,
configuration options and defaults with npivd --print-config, REST paths with the route table."""

import argparse
import os
import re
import subprocess
import sys

COMMON_VERBS = ("list", "show", "create", "set", "delete")
COMMON_HELP = ("list them", "show all of one", "make a new one", "change it", "delete it")


class Report:
    def __init__(self):
        self.findings = 0

    def say(self, text):
        print(text)
        self.findings += 1

    def compare(self, page, what, documented, real):
        for item in sorted(real - documented):
            self.say("%s: %s '%s' is not described" % (page, what, item))
        for item in sorted(documented - real):
            self.say("%s: %s '%s' does not exist" % (page, what, item))


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def plain(text):
    """scdoc text without its marks."""
    return re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\\)[*_]", "", text))


def read_page(source, name):
    """Its sections: title -> lines."""
    sections, title = {}, ""
    with open(os.path.join(source, "man", name + ".scd"), encoding="utf-8") as page:
        for line in page.read().splitlines():
            if line.startswith("# "):
                title = line[2:]
            sections.setdefault(title, []).append(line)
    return sections


def block(text, title):
    """The lines under a heading of a program's help."""
    match = re.search(r"(?:^|\n)%s\n(.*?)(?:\n\n|\Z)" % re.escape(title), text, re.S)
    return match.group(1).splitlines() if match else []


def option_names(lines):
    return {match.group(1) for line in lines for match in re.finditer(r"^ +(?:-\S, +)?--([a-z-]+)", line)}


def described_options(lines):
    """--name at the head of a definition."""
    heads = [line for line in lines if line.startswith("*-")]
    return {name for line in heads for name in re.findall(r"\*--([a-z-]+)\*", line)}


def own_options(npivctl, words):
    """Of a command, without those that all common verbs have."""
    options = set()
    for line in block(run(npivctl, "help", *words), "Options"):
        names = option_names([line])
        if names == {"filter"} or (names == {"fabric"} and re.search("of (the|names)", line)):
            continue
        options |= names
    return options


def noun_commands(npivctl, noun):
    """"guest create NAME" of each command, and the common verbs that the noun has."""
    text = run(npivctl, "help", noun)
    commands, common, options = set(), set(), set()
    verbs = block(text, "Verbs")
    if not verbs:
        usage = re.match(r"Usage: npivctl (.*)", text).group(1).strip()
        return {usage}, common, own_options(npivctl, [noun])
    for line in verbs:
        verb, arguments, words = line[2:12].strip(), line[13:31].strip(), line[32:].strip()
        if verb in COMMON_VERBS and words in COMMON_HELP:
            common.add(verb)
        else:
            commands.add(" ".join(filter(None, (noun, verb, arguments))))
        options |= own_options(npivctl, [noun, verb])
    return commands, common, options


def page_nouns(lines):
    """noun -> its lines, from the subsections."""
    nouns, noun = {}, ""
    for line in lines:
        if line.startswith("## "):
            noun = line[3:]
            nouns[noun] = []
        elif noun:
            nouns[noun].append(line)
    return nouns


def check_npivctl(report, source, npivctl):
    page = read_page(source, "npivctl.1")
    overview = run(npivctl, "help")
    nouns = {line.split()[0] for line in block(overview, "Nouns")}
    described = page_nouns(page["COMMANDS"])
    report.compare("npivctl.1", "noun", set(described), nouns)
    report.compare("npivctl.1", "option", described_options(page["COMMON OPTIONS"]),
                   option_names(block(overview, "Options of every command")))
    for noun in sorted(nouns & set(described)):
        lines = described[noun]
        commands, common, options = noun_commands(npivctl, noun)
        heads = {plain(line) for line in lines if re.match(r"\*%s[ *]" % noun, line)}
        verbs = {verb for line in lines if line.startswith("Common verbs:") for verb in re.findall(r"\*(\w+)\*", line)}
        report.compare("npivctl.1", "command", heads, commands)
        report.compare("npivctl.1", "%s verb" % noun, verbs, common)
        report.compare("npivctl.1", "%s option" % noun, described_options(lines), options)
    codes = {line.split()[0] for line in block(run(npivctl, "help", "exit-codes"), "Exit codes")}
    report.compare("npivctl.1", "exit status", set(re.findall(r"\*(\d+)\*", "\n".join(page["EXIT STATUS"]))), codes)


def check_options(report, source, name, program):
    page = read_page(source, name)
    report.compare(name, "option", described_options(page["OPTIONS"]),
                   option_names(run(program, "--help").splitlines()))


def printed_config(npivd):
    """[section] key = default"""
    options, section, default = set(), "", ""
    for line in run(npivd, "--config", "/dev/null", "--print-config").splitlines():
        if line.startswith("["):
            section = line
        elif line.startswith("# Default: "):
            default = line[len("# Default: "):].replace("(empty)", "")
        elif "=" in line and not line.startswith("#"):
            options.add(("%s %s = %s" % (section, line.split("=")[0].strip(), default)).strip())
    return options


def check_config(report, source, npivd):
    described = set()
    for title, lines in read_page(source, "npivd.conf.5").items():
        if title.startswith("["):
            described |= {(title + " " + plain_option(line)).strip() for line in lines if re.match(r"\*\w+\* =", line)}
    report.compare("npivd.conf.5", "option", described, printed_config(npivd))


def plain_option(line):
    name, value = re.match(r"\*(\w+)\* =(.*)", line).groups()
    return "%s = %s" % (name, value.strip())


def routes(source):
    """path -> methods, from the rows of the route table."""
    with open(os.path.join(source, "api", "routes.c"), encoding="utf-8") as file:
        text = file.read()
    table = {}
    for method, path in re.findall(r'^\s*\{\s*"([A-Z]+)",\s*"(/v1[^"]*)",', text, re.M):
        table.setdefault(path, set()).add(method)
    record = re.findall(r'^\s*\{\s*"([A-Z]+)",\s*"/v1/" nouns( "/\{" #noun "\}")?,', text, re.M)
    for nouns, noun in re.findall(r'^\s*RECORD_ROUTES\("(\w+)", (\w+),', text, re.M):
        for method, one in record:
            path = "/v1/" + nouns + ("/{%s}" % noun if one else "")
            table.setdefault(path, set()).add(method)
    return {"%s %s" % (path, method) for path, methods in table.items() for method in methods}


def check_rest(report, source):
    page = "\n".join(read_page(source, "npivd-rest.7")["RESOURCES"])
    rows = re.findall(r"^\|  (/v1\S*)\n:  ([A-Z ]+)$", page, re.M)
    described = {"%s %s" % (path, method) for path, methods in rows for method in methods.split()}
    report.compare("npivd-rest.7", "route", described, routes(source))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("source", "npivctl", "npivd", "hook"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()
    report = Report()
    check_npivctl(report, options.source, options.npivctl)
    check_options(report, options.source, "npivd.8", options.npivd)
    check_options(report, options.source, "npivd-hook.8", options.hook)
    check_config(report, options.source, options.npivd)
    check_rest(report, options.source)
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
