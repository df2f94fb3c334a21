/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The schema as a list of migrations: entry N brings version N to N + 1, each in one transaction
 * with user_version. An entry that has been released is never changed; a new version is a new
 * entry. WWNs are 16 lower-case hex digits (as INTEGER c050... would turn negative); lists are JSON
 * texts; times are UTC texts that sort; host and generation stand ready for fleets of hosts.
 */
#include <string.h>

#include "db/internal.h"

#define HEX2 "[0-9a-f][0-9a-f]"
#define IS_WWN(column) "CHECK (" column " GLOB '" HEX2 HEX2 HEX2 HEX2 HEX2 HEX2 HEX2 HEX2 "')"

/* clang-format off */
static const char version_1[] =
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
	"CREATE TABLE fabrics ("
	"  name TEXT PRIMARY KEY, description TEXT NOT NULL DEFAULT '', wwns TEXT NOT NULL DEFAULT '[]',"
	"  logins_per_port INTEGER NOT NULL DEFAULT 0, logins_per_switch INTEGER NOT NULL DEFAULT 0,"
	"  generation INTEGER NOT NULL DEFAULT 1) STRICT;"
	"CREATE TABLE hbas ("
	"  wwpn TEXT PRIMARY KEY " IS_WWN("wwpn") ", host TEXT NOT NULL DEFAULT '', fabric TEXT,"
	"  drain INTEGER NOT NULL DEFAULT 0, vport_limit INTEGER NOT NULL DEFAULT 0, last_seen TEXT,"
	"  generation INTEGER NOT NULL DEFAULT 1) STRICT;"
	"CREATE TABLE pools ("
	"  name TEXT PRIMARY KEY, first TEXT NOT NULL " IS_WWN("first") ", last TEXT NOT NULL " IS_WWN("last") ","
	"  next TEXT, comment TEXT NOT NULL DEFAULT '', generation INTEGER NOT NULL DEFAULT 1,"
	"  CHECK (first <= last)) STRICT;"
	"CREATE TABLE profiles ("
	"  name TEXT PRIMARY KEY, fabrics TEXT NOT NULL, pool TEXT NOT NULL DEFAULT 'default' REFERENCES pools,"
	"  priority INTEGER NOT NULL DEFAULT 50, lun_check TEXT NOT NULL DEFAULT 'exact',"
	"  timeout INTEGER NOT NULL DEFAULT 0, comment TEXT NOT NULL DEFAULT '',"
	"  generation INTEGER NOT NULL DEFAULT 1) STRICT;"
	"CREATE TABLE guests ("
	"  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, hypervisor TEXT NOT NULL DEFAULT '', profile TEXT,"
	"  priority INTEGER NOT NULL DEFAULT 50, lun_check TEXT NOT NULL DEFAULT 'exact',"
	"  desired TEXT NOT NULL DEFAULT 'absent' CHECK (desired IN ('ready', 'absent')),"
	"  wwnn TEXT NOT NULL UNIQUE " IS_WWN("wwnn") ", host TEXT NOT NULL,"
	"  incoming INTEGER NOT NULL DEFAULT 0, created TEXT NOT NULL,"
	"  generation INTEGER NOT NULL DEFAULT 1) STRICT;"
	"CREATE TABLE vhbas ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT, guest TEXT NOT NULL REFERENCES guests ON DELETE CASCADE,"
	"  name TEXT NOT NULL, fabric TEXT NOT NULL, pool TEXT NOT NULL DEFAULT '',"
	"  wwpn_a TEXT NOT NULL UNIQUE " IS_WWN("wwpn_a") ", wwpn_b TEXT NOT NULL UNIQUE " IS_WWN("wwpn_b") ","
	"  active INTEGER NOT NULL DEFAULT 0 CHECK (active IN (0, 1)), wwnn TEXT, fixed_hba TEXT, hba TEXT,"
	"  generation INTEGER NOT NULL DEFAULT 1, UNIQUE (guest, name)) STRICT;"
	"CREATE INDEX vhbas_hba ON vhbas (hba);"
	"CREATE TABLE wwns ("
	"  wwn TEXT PRIMARY KEY " IS_WWN("wwn") ", kind TEXT NOT NULL CHECK (kind IN ('wwnn', 'wwpn')),"
	"  state TEXT NOT NULL CHECK (state IN ('given', 'tombstone', 'reserved')), pool TEXT, guest TEXT, vhba TEXT,"
	"  note TEXT NOT NULL DEFAULT '', created TEXT NOT NULL, ended TEXT) STRICT;"
	"CREATE INDEX wwns_guest ON wwns (guest);"
	"CREATE TABLE targets ("
	"  wwpn TEXT PRIMARY KEY " IS_WWN("wwpn") ", name TEXT NOT NULL DEFAULT '', array TEXT NOT NULL DEFAULT '',"
	"  fabric TEXT, comment TEXT NOT NULL DEFAULT '', generation INTEGER NOT NULL DEFAULT 1) STRICT;"
	"CREATE TABLE luns ("
	"  wwid TEXT PRIMARY KEY, name TEXT NOT NULL DEFAULT '', comment TEXT NOT NULL DEFAULT '',"
	"  generation INTEGER NOT NULL DEFAULT 1) STRICT;"
	"CREATE TABLE masks ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT, guest TEXT NOT NULL REFERENCES guests ON DELETE CASCADE,"
	"  wwid TEXT NOT NULL, lun INTEGER, access TEXT NOT NULL DEFAULT 'rw' CHECK (access IN ('rw', 'ro')),"
	"  generation INTEGER NOT NULL DEFAULT 1, UNIQUE (guest, wwid)) STRICT;"
	"CREATE TABLE aliases ("
	"  fabric TEXT NOT NULL REFERENCES fabrics, name TEXT NOT NULL, wwn TEXT NOT NULL " IS_WWN("wwn") ","
	"  comment TEXT NOT NULL DEFAULT '', generation INTEGER NOT NULL DEFAULT 1,"
	"  key TEXT GENERATED ALWAYS AS (fabric || ':' || name) STORED UNIQUE, PRIMARY KEY (fabric, name)) STRICT;"
	"CREATE TABLE zones ("
	"  fabric TEXT NOT NULL REFERENCES fabrics, name TEXT NOT NULL, kind TEXT NOT NULL DEFAULT 'single-initiator',"
	"  members TEXT NOT NULL DEFAULT '[]', comment TEXT NOT NULL DEFAULT '', generation INTEGER NOT NULL DEFAULT 1,"
	"  key TEXT GENERATED ALWAYS AS (fabric || ':' || name) STORED UNIQUE, PRIMARY KEY (fabric, name)) STRICT;"
	"CREATE TABLE zonesets ("
	"  fabric TEXT NOT NULL REFERENCES fabrics, name TEXT NOT NULL, zones TEXT NOT NULL DEFAULT '[]',"
	"  active INTEGER NOT NULL DEFAULT 0, comment TEXT NOT NULL DEFAULT '', generation INTEGER NOT NULL DEFAULT 1,"
	"  key TEXT GENERATED ALWAYS AS (fabric || ':' || name) STORED UNIQUE, PRIMARY KEY (fabric, name)) STRICT;"
	"CREATE TABLE operations ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, object TEXT NOT NULL, guest TEXT NOT NULL DEFAULT '',"
	"  state TEXT NOT NULL, request TEXT NOT NULL DEFAULT '{}', error TEXT, principal TEXT NOT NULL,"
	"  cancel INTEGER NOT NULL DEFAULT 0, created TEXT NOT NULL, started TEXT, ended TEXT,"
	"  deadline_ms INTEGER NOT NULL, host TEXT NOT NULL, generation INTEGER NOT NULL DEFAULT 1) STRICT;"
	"CREATE INDEX operations_open ON operations (state) WHERE ended IS NULL;"
	"CREATE INDEX operations_object ON operations (object, id);"
	"CREATE TABLE steps ("
	"  operation INTEGER NOT NULL REFERENCES operations ON DELETE CASCADE, seq INTEGER NOT NULL, name TEXT NOT NULL,"
	"  object TEXT NOT NULL DEFAULT '', args TEXT NOT NULL DEFAULT '{}', lane TEXT NOT NULL DEFAULT '',"
	"  state TEXT NOT NULL DEFAULT 'PENDING', error TEXT, started TEXT, ended TEXT,"
	"  PRIMARY KEY (operation, seq)) STRICT;"
	"CREATE TABLE events ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL,"
	"  object TEXT NOT NULL, guest TEXT NOT NULL DEFAULT '', message TEXT NOT NULL) STRICT;"
	"CREATE TABLE idempotency ("
	"  principal TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT,"
	"  operation INTEGER NOT NULL DEFAULT 0, location TEXT NOT NULL, etag TEXT NOT NULL, created_ms INTEGER NOT NULL,"
	"  PRIMARY KEY (principal, key)) STRICT;";

/* Zones carried out on switches. */
static const char version_2[] =
	"ALTER TABLE fabrics ADD COLUMN driver TEXT NOT NULL DEFAULT 'none';"
	"ALTER TABLE fabrics ADD COLUMN url TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE fabrics ADD COLUMN credential TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE fabrics ADD COLUMN ca_file TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE fabrics ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE fabrics ADD COLUMN context INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE fabrics ADD COLUMN zoneset TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE fabrics ADD COLUMN zone_policy TEXT NOT NULL DEFAULT 'single-initiator';"
	"ALTER TABLE fabrics ADD COLUMN zone_template TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE fabrics ADD COLUMN zones_at_stop TEXT NOT NULL DEFAULT 'keep';"
	"ALTER TABLE fabrics ADD COLUMN refuse TEXT NOT NULL DEFAULT 'lost-path';"
	"ALTER TABLE fabrics ADD COLUMN watch INTEGER NOT NULL DEFAULT 300;"
	"ALTER TABLE targets ADD COLUMN kind TEXT NOT NULL DEFAULT 'disk';"
	"ALTER TABLE luns ADD COLUMN array TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE guests ADD COLUMN arrays TEXT NOT NULL DEFAULT '[]';"
	"ALTER TABLE guests ADD COLUMN targets TEXT NOT NULL DEFAULT '[]';"
	"ALTER TABLE operations ADD COLUMN result TEXT;"
	/* What npivd has made on a switch, and nothing else may it alter: written before the switch is touched. */
	"CREATE TABLE made ("
	"  fabric TEXT NOT NULL REFERENCES fabrics, object TEXT NOT NULL CHECK (object IN ('alias', 'zone', 'zoneset')),"
	"  name TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('planned', 'made')), guest TEXT NOT NULL DEFAULT '',"
	"  value TEXT NOT NULL, created TEXT NOT NULL, host TEXT NOT NULL,"
	"  PRIMARY KEY (fabric, object, name)) STRICT;"
	"CREATE INDEX made_guest ON made (guest);"
	"CREATE TABLE plans ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT, fabric TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'new',"
	"  operation INTEGER NOT NULL DEFAULT 0, step INTEGER NOT NULL DEFAULT 0, guest TEXT NOT NULL DEFAULT '',"
	"  principal TEXT NOT NULL, created TEXT NOT NULL, ended TEXT, sum TEXT NOT NULL DEFAULT '',"
	"  changes INTEGER NOT NULL DEFAULT 0, plan TEXT NOT NULL, impact TEXT NOT NULL DEFAULT '{}', diff TEXT NOT NULL DEFAULT '',"
	"  owners TEXT NOT NULL DEFAULT '{}', error TEXT, generation INTEGER NOT NULL DEFAULT 1) STRICT;"
	"CREATE INDEX plans_operation ON plans (operation, step);"
	"CREATE TABLE snapshots ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT, fabric TEXT NOT NULL, taken TEXT NOT NULL, sum TEXT NOT NULL,"
	"  operation INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '') STRICT;"
	"CREATE INDEX snapshots_fabric ON snapshots (fabric, id);"
	"CREATE TABLE snapshot_values (sum TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
	"CREATE TABLE ignored ("
	"  fabric TEXT NOT NULL, rule TEXT NOT NULL, name TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', principal TEXT NOT NULL,"
	"  created TEXT NOT NULL, PRIMARY KEY (fabric, rule, name)) STRICT;";

/* What the switch said, word for word, beside what was made of it. */
static const char version_3[] =
	"ALTER TABLE snapshot_values ADD COLUMN raw TEXT NOT NULL DEFAULT '{}';"
	"CREATE TABLE known_aliases (fabric TEXT PRIMARY KEY REFERENCES fabrics ON DELETE CASCADE, value TEXT NOT NULL) STRICT;"
	"CREATE INDEX guests_folded ON guests (name COLLATE NOCASE);";
/* clang-format on */

static const char *const migrations[] = { version_1, version_2, version_3 };

#define VERSION_NOW ((int)(sizeof migrations / sizeof *migrations))

static int read_version(struct db *db, int *ret_version, struct np_err *err)
{
	int64_t version = 0;
	int rc = db_number(db, &version, err, "PRAGMA user_version", "");

	db_forget_statements(db);
	*ret_version = (int)version;
	return rc;
}

static int keep_copy(struct db *db, int version, struct np_err *err)
{
	char *sql = sqlite3_mprintf("VACUUM INTO '%q.before-%d'", db->path, version + 1);
	int rc = sql ? sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) : SQLITE_NOMEM;

	sqlite3_free(sql);
	/* A copy of an earlier try that was interrupted is as good as this one would be. */
	if (rc != SQLITE_OK && !strstr(sqlite3_errmsg(db->sqlite), "exists"))
		return db_fail(db, err, "copy before migration");
	return 0;
}

static int migrate_step(struct db *db, int version, struct np_err *err)
{
	char done[64];

	(void)snprintf(done, sizeof done, "PRAGMA user_version=%d; COMMIT", version + 1);
	if (sqlite3_exec(db->sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
		sqlite3_exec(db->sqlite, migrations[version], NULL, NULL, NULL) == SQLITE_OK &&
		sqlite3_exec(db->sqlite, done, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	int rc = db_fail(db, err, "migration");
	(void)sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
	return np_wrap(err, rc, "to version %d", version + 1);
}

int db_migrate(struct db *db, struct np_err *err)
{
	int version = 0;
	int rc = read_version(db, &version, err);

	if (rc < 0)
		return rc;
	if (version > VERSION_NOW)
		return np_fail(err, NP_UNSUPPORTED,
			"database %s has version %d, this npivd knows up to %d: install the newer npivd",
			db->path, version, VERSION_NOW);
	if (version > 0 && version < VERSION_NOW)
		rc = keep_copy(db, version, err);
	for (; rc == 0 && version < VERSION_NOW; version++)
		rc = migrate_step(db, version, err);
	return rc;
}
