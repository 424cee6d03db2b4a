#!/usr/bin/env python3
"""A hospital's results out of its database: a view polled over ODBC, killed in the middle, a database that goes away and comes back.

    tests/scenarios/sql_feed.py      # needs the SQLite ODBC driver (scripts/setup installs it)
"""
import csv
import json
import shutil
import sqlite3
import subprocess

from hub import ROOT, USUAL_CONTENT, USUAL_REGISTERS, Hub, Run, check, play_steps, run_script, same, wait_for

CONFIGURATION = USUAL_CONTENT + USUAL_REGISTERS + """
[demo]
unassigned_regions = true
[[feed]]
name = "lis-view"
kind = "sql"
organization = "341004H0009"
map = "https://huitong.example/fhir/StructureMap/hospital-b-results"
connection = "Driver=SQLite3;Database={database};Timeout=5000"
view = "v_results"
table = "results"
time_column = "更新时间"
key_columns = "报告单号,项目编码"
patient_column = "患者编号"
batch_rows = 50
poll_ms = 100
retry_first_ms = 50
retry_max_ms = 200
[[client]]
id = "his-b"
organization = "341004H0009"
secret_sha256 = "4c739047458f52031c83b567745b456e3ada011534dbbe5e6484c118456104a4"
scopes = ["system/*.rs"]
"""
MANY = 2_000


def has_driver():
    done = subprocess.run(["odbcinst", "-q", "-d"], capture_output=True, text=True, check=False) if shutil.which("odbcinst") else None
    return done is not None and "SQLite3" in done.stdout


class Play:
    def __init__(self, hub, database):
        self.hub = hub
        self.database = database

    def listed(self):
        return json.loads(self.hub.command("feed", "list", "--config", str(self.hub.configuration), "--format", "json"))

    def doctor(self):
        found = json.loads(self.hub.command("doctor", "--config", str(self.hub.configuration), "--feed", "lis-view", "--format", "json", exit_codes=(0, 1)))
        return {(one["side"], one["rule"]) for one in found if one["subject"] == "feed lis-view"}

    def results(self):
        return self.hub.search("Observation?_count=500", "his-b")

    def a_rehearsal_shows_what_the_view_would_become_and_stores_nothing(self):
        check(("ok", "sql-fine") in self.doctor(), f"the view can be read: {self.doctor()}")
        text = self.hub.command("feed", "test", "--config", str(self.hub.configuration), "--feed", "lis-view", "--format", "json", exit_codes=(0, 1))
        rows = [json.loads(line) for line in text.splitlines()]
        same(len(rows), len(self.rows()), "rehearsed rows")
        check(all(row["applied"] for row in rows), "every row would be applied")

    def rows(self):
        with (ROOT / "samples/hospital-b/lis/results.csv").open(encoding="gb18030", newline="") as file:
            rows = list(csv.reader(file))[1:]
        # The file spells times in two ways; a database can order one.
        return [row[:-1] + [row[-1].replace("/", "-").ljust(19, "?").replace("???", ":00")] for row in rows]

    def rows_of_the_view_become_results(self):
        self.hub.start()
        self.first = len({(row[0], row[3]) for row in self.rows()})
        wait_for("the rows have become results", lambda: len(self.results()) == self.first)
        same(self.listed()["dead_letters"], 0, "dead letters")

    def a_changed_row_becomes_a_new_version(self):
        with sqlite3.connect(self.database) as database:
            key = database.execute("SELECT 报告单号, 项目编码 FROM results LIMIT 1").fetchone()
            database.execute("UPDATE results SET 报告状态 = '已更正', 更新时间 = '2026-11-28 09:00:00' WHERE 报告单号 = ? AND 项目编码 = ?", key)
        wait_for("the correction", lambda: [one for one in self.results() if one["status"] == "corrected"])
        same(len(self.results()), self.first, "results after a correction")

    def a_kill_in_the_middle_of_a_poll_loses_and_doubles_nothing(self):
        rows = [(f"KILL{number // 10}", "778899", "王秀英", f"XB{number % 10:03}", "白细胞", "4.9", "10*9/L", "3.5~9.5", "", "全血", "2026-11-28 08:00:00",
                 "2026-11-28 09:00:00", "已审核", "2026-11-28 10:00:00") for number in range(MANY)]  # all of one time
        for part in range(4):
            before = self.listed()["received"]
            with sqlite3.connect(self.database) as database:
                database.executemany(f"INSERT INTO results VALUES ({','.join('?' * 14)})", rows[part * MANY // 4:(part + 1) * MANY // 4])
            wait_for("the first of them", lambda: self.listed()["received"] > before)
            self.hub.kill()
            self.hub.start()
        wait_for("all of them", lambda: len(self.results()) >= self.first + MANY, seconds=90)
        self.hub.settle()
        found = [one for one in self.results() if "KILL" in one["identifier"][0]["value"]]
        same(len(found), MANY, "results of the killed polls")
        same({one["meta"]["versionId"] for one in found}, {"1"}, "their versions: none was written twice")

    def a_database_that_goes_away_is_told_and_comes_back(self):
        with sqlite3.connect(self.database) as database:
            database.execute("DROP VIEW v_results")
        trouble = wait_for("trouble", lambda: self.listed()["feeds"][0].get("trouble"))
        check(trouble["issue"], "the list says what is wrong")
        check(any(side == "theirs" or side == "ours" for side, _ in self.doctor()), f"doctor names a side: {self.doctor()}")
        with sqlite3.connect(self.database) as database:
            database.execute("CREATE VIEW v_results AS SELECT * FROM results")
            database.execute("UPDATE results SET 结果 = '5.0', 更新时间 = '2026-11-28 11:00:00' WHERE 报告单号 = 'KILL1' AND 项目编码 = 'XB001'")
        wait_for("the row behind it", lambda: [one for one in self.results() if one["meta"]["versionId"] == "2" and "KILL1." in one["identifier"][0]["value"]])
        check("trouble" not in self.listed()["feeds"][0], "nothing is wrong any more")


def make_database(file, rows):
    columns = "报告单号 TEXT, 患者编号 TEXT, 姓名 TEXT, 项目编码 TEXT, 项目名称 TEXT, 结果 TEXT, 单位 TEXT, 参考范围 TEXT, 标志 TEXT, 标本 TEXT, 采样时间 TEXT, 报告时间 TEXT, 报告状态 TEXT, 更新时间 TEXT"
    with sqlite3.connect(file) as database:
        database.execute(f"CREATE TABLE results ({columns})")
        database.execute("CREATE VIEW v_results AS SELECT * FROM results")
        database.executemany(f"INSERT INTO results VALUES ({','.join('?' * 14)})", rows)


def main():
    if not has_driver():
        print("skipped: the SQLite ODBC driver is not installed")
        return 77
    with Run() as run:
        folder = run.folder / "hub"
        folder.mkdir()
        database = folder / "lis.db"
        (folder / "hub.toml").write_text(CONFIGURATION.format(root=ROOT, database=database), encoding="utf-8")
        hub = Hub(folder / "hub.toml")
        run.hubs.append(hub)
        play = Play(hub, database)
        make_database(database, play.rows())
        play_steps([play.a_rehearsal_shows_what_the_view_would_become_and_stores_nothing, play.rows_of_the_view_become_results,
                    play.a_changed_row_becomes_a_new_version, play.a_kill_in_the_middle_of_a_poll_loses_and_doubles_nothing,
                    play.a_database_that_goes_away_is_told_and_comes_back])
    return 0


run_script(main)
