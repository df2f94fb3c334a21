/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "db/table.h"

#include <string.h>

#include "db/internal.h"

#define SQL_MAX 2048

static const char *const lun_checks[] = { "exact", "at-least", "none", NULL };
static const char *const desired_words[] = { "ready", "absent", NULL };
static const char *const access_words[] = { "rw", "ro", NULL };
static const char *const zone_kinds[] = { "single-initiator", "peer", NULL };
static const char *const fabric_drivers[] = { "none", "fos", "nxos", "manual", "witness", NULL };
static const char *const zone_policies[] = { "single-initiator-single-target", "single-initiator",
	"peer", NULL };
static const char *const stop_words[] = { "keep", "remove", NULL };
static const char *const refuse_words[] = { "nothing", "lost-path", "any-loss", NULL };
static const char *const target_kinds[] = { "disk", "tape", NULL };

/* clang-format off */
#define REQUIRED_FIXED (NP_FIELD_REQUIRED | NP_FIELD_FIXED)
#define SHOWN NP_FIELD_READONLY
#define GENERATION { .name = "generation", .type = NP_TYPE_INT, .flags = SHOWN, .help = "counts changes of this record" }
#define COMMENT { .name = "comment", .type = NP_TYPE_TEXT, .help = "free text" }

const struct db_table db_fabrics = { "fabrics", "fabric", "name", "name",
	(const struct np_field[]){
		{ .name = "name", .type = NP_TYPE_NAME, .flags = REQUIRED_FIXED, .help = "the fabric's label, e.g. A" },
		{ .name = "description", .type = NP_TYPE_TEXT, .help = "free text" },
		{ .name = "wwns", .type = NP_TYPE_WWNS, .max = 64, .help = "fabric names (principal switches) that mean this fabric" },
		{ .name = "logins_per_port", .type = NP_TYPE_INT, .max = 65535, .help = "logins that one switch port takes; 0: the configured limit" },
		{ .name = "logins_per_switch", .type = NP_TYPE_INT, .max = 1000000, .help = "logins that the edge switch takes; 0: the configured limit" },
		{ .name = "driver", .type = NP_TYPE_ENUM, .words = fabric_drivers, .help = "who changes its zones: none (only recorded), fos, nxos, manual, witness" },
		{ .name = "url", .type = NP_TYPE_TEXT, .max = 255, .help = "https://SWITCH[:PORT]: where its switch is managed" },
		{ .name = "credential", .type = NP_TYPE_TEXT, .max = 63, .help = "name of the file with user and secret; never the secret itself" },
		{ .name = "ca_file", .type = NP_TYPE_TEXT, .max = 255, .help = "PEM file of the authority that signed the switch's certificate" },
		{ .name = "fingerprint", .type = NP_TYPE_TEXT, .max = 127, .help = "sha256//BASE64 of the switch's public key, instead of an authority" },
		{ .name = "context", .type = NP_TYPE_INT, .max = 4094, .help = "virtual fabric (fos, 0: none) or VSAN (nxos)" },
		{ .name = "zoneset", .type = NP_TYPE_TEXT, .max = 64, .help = "where our zones go; empty: the one that is in force" },
		{ .name = "zone_policy", .type = NP_TYPE_ENUM, .words = zone_policies, .help = "how a guest's ports are zoned" },
		{ .name = "zone_template", .type = NP_TYPE_TEXT, .max = 128, .help = "names of our zones, of {guest} {vhba} {set} {target}" },
		{ .name = "zones_at_stop", .type = NP_TYPE_ENUM, .words = stop_words, .help = "keep a stopped guest's zones, or remove them" },
		{ .name = "refuse", .type = NP_TYPE_ENUM, .words = refuse_words, .help = "plans that take from others their last path, or any path" },
		{ .name = "watch", .type = NP_TYPE_INT, .max = 86400, .help = "seconds between two looks for drift; 0: none" },
		GENERATION,
		{ 0 } } };

const struct db_table db_hbas = { "hbas", "HBA", "wwpn", "wwpn",
	(const struct np_field[]){
		{ .name = "wwpn", .type = NP_TYPE_WWN, .flags = SHOWN, .help = "the physical port's WWPN" },
		{ .name = "host", .type = NP_TYPE_TEXT, .flags = SHOWN, .help = "the host that it was last seen on" },
		{ .name = "fabric", .type = NP_TYPE_NAME, .flags = NP_FIELD_NULLABLE, .help = "fabric label; null: found by the fabric name" },
		{ .name = "drain", .type = NP_TYPE_BOOL, .help = "place no new vports here" },
		{ .name = "vport_limit", .type = NP_TYPE_INT, .max = 65535, .help = "admit at most so many vports; 0: the driver's limit" },
		{ .name = "last_seen", .type = NP_TYPE_TEXT, .flags = SHOWN, .help = "when the kernel last showed it" },
		GENERATION,
		{ 0 } } };

const struct db_table db_pools = { "pools", "pool", "name", "name",
	(const struct np_field[]){
		{ .name = "name", .type = NP_TYPE_NAME, .flags = REQUIRED_FIXED, .help = "the pool's name" },
		{ .name = "first", .type = NP_TYPE_WWN, .flags = NP_FIELD_FIXED, .help = "first WWN of the range" },
		{ .name = "last", .type = NP_TYPE_WWN, .help = "last WWN of the range; may grow" },
		{ .name = "next", .type = NP_TYPE_WWN, .flags = SHOWN, .help = "the next WWN to be given; all below it have been given" },
		COMMENT,
		GENERATION,
		{ 0 } } };

const struct db_table db_profiles = { "profiles", "profile", "name", "name",
	(const struct np_field[]){
		{ .name = "name", .type = NP_TYPE_NAME, .flags = REQUIRED_FIXED, .help = "the profile's name, as a guest's metadata has it" },
		{ .name = "fabrics", .type = NP_TYPE_NAMES, .flags = NP_FIELD_REQUIRED, .max = 8, .help = "one vHBA for each of these fabrics" },
		{ .name = "pool", .type = NP_TYPE_NAME, .help = "where the WWNs come from" },
		{ .name = "priority", .type = NP_TYPE_INT, .max = 100, .help = "start priority, higher first" },
		{ .name = "lun_check", .type = NP_TYPE_ENUM, .words = lun_checks, .help = "which LUNs a start insists on" },
		{ .name = "timeout", .type = NP_TYPE_INT, .max = 3600, .help = "seconds that a start may take; 0: the configured time" },
		COMMENT,
		GENERATION,
		{ 0 } } };

const struct db_table db_guests = { "guests", "guest", "id", "name",
	(const struct np_field[]){
		{ .name = "id", .type = NP_TYPE_UUID, .flags = NP_FIELD_FIXED, .help = "the hypervisor's UUID; made when absent" },
		{ .name = "name", .type = NP_TYPE_TEXT, .flags = NP_FIELD_REQUIRED, .max = 128, .help = "the guest's name" },
		{ .name = "hypervisor", .type = NP_TYPE_NAME, .help = "who starts it: libvirt" },
		{ .name = "profile", .type = NP_TYPE_NAME, .help = "the profile it was made from" },
		{ .name = "priority", .type = NP_TYPE_INT, .max = 100, .help = "start priority, higher first" },
		{ .name = "lun_check", .type = NP_TYPE_ENUM, .words = lun_checks, .help = "which LUNs a start insists on" },
		{ .name = "arrays", .type = NP_TYPE_NAMES, .max = 64, .help = "arrays that it is zoned to; empty: those of its LUNs" },
		{ .name = "targets", .type = NP_TYPE_WWNS, .max = 255, .help = "target ports that it is zoned to, instead of arrays" },
		{ .name = "desired", .type = NP_TYPE_ENUM, .words = desired_words, .flags = SHOWN, .help = "what should be; PUT .../state changes it" },
		{ .name = "wwnn", .type = NP_TYPE_WWN, .flags = NP_FIELD_FIXED, .help = "node name of all its ports; given from the pool when absent" },
		{ .name = "host", .type = NP_TYPE_TEXT, .flags = SHOWN, .help = "the host that carries it" },
		{ .name = "incoming", .type = NP_TYPE_BOOL, .flags = SHOWN, .help = "a live migration to here is under way" },
		{ .name = "created", .type = NP_TYPE_TEXT, .flags = SHOWN, .help = "when the record was made" },
		GENERATION,
		{ 0 } } };

const struct db_table db_vhbas = { "vhbas", "vHBA", "id", "guest, name",
	(const struct np_field[]){
		{ .name = "id", .type = NP_TYPE_INT, .flags = SHOWN, .help = "number" },
		{ .name = "guest", .type = NP_TYPE_UUID, .help = "its guest" },
		{ .name = "name", .type = NP_TYPE_NAME, .help = "unique within the guest; the fabric's label when absent" },
		{ .name = "fabric", .type = NP_TYPE_NAME, .help = "the fabric it belongs to" },
		{ .name = "pool", .type = NP_TYPE_TEXT, .help = "where its WWPNs came from" },
		{ .name = "wwpn_a", .type = NP_TYPE_WWN, .help = "set A of the pair" },
		{ .name = "wwpn_b", .type = NP_TYPE_WWN, .help = "set B of the pair" },
		{ .name = "active", .type = NP_TYPE_INT, .max = 1, .help = "0: set A is in use, 1: set B" },
		{ .name = "wwnn", .type = NP_TYPE_WWN, .flags = NP_FIELD_NULLABLE, .help = "its own node name, when it was adopted with another than the guest's" },
		{ .name = "fixed_hba", .type = NP_TYPE_WWN, .flags = NP_FIELD_NULLABLE, .help = "explicit placement" },
		{ .name = "hba", .type = NP_TYPE_WWN, .flags = NP_FIELD_NULLABLE, .help = "the HBA that it is bound to" },
		GENERATION,
		{ 0 } } };

const struct db_table db_wwns = { "wwns", "WWN", "wwn", "wwn",
	(const struct np_field[]){
		{ .name = "wwn", .type = NP_TYPE_WWN, .flags = REQUIRED_FIXED, .help = "the WWN" },
		{ .name = "kind", .type = NP_TYPE_TEXT, .flags = SHOWN, .help = "wwnn or wwpn" },
		{ .name = "state", .type = NP_TYPE_TEXT, .flags = SHOWN, .help = "given, tombstone or reserved" },
		{ .name = "pool", .type = NP_TYPE_TEXT, .flags = SHOWN, .help = "the pool it came from" },
		{ .name = "guest", .type = NP_TYPE_TEXT, .flags = SHOWN, .help = "the guest that owns or owned it" },
		{ .name = "vhba", .type = NP_TYPE_TEXT, .flags = SHOWN, .help = "the vHBA that owns or owned it" },
		{ .name = "note", .type = NP_TYPE_TEXT, .help = "why it is reserved" },
		{ .name = "created", .type = NP_TYPE_TEXT, .flags = SHOWN, .help = "since when" },
		{ .name = "ended", .type = NP_TYPE_TEXT, .flags = SHOWN, .help = "when it became a tombstone" },
		{ 0 } } };

const struct db_table db_targets = { "targets", "target", "wwpn", "wwpn",
	(const struct np_field[]){
		{ .name = "wwpn", .type = NP_TYPE_WWN, .flags = REQUIRED_FIXED, .help = "the array or tape port" },
		{ .name = "name", .type = NP_TYPE_NAME, .help = "its name" },
		{ .name = "array", .type = NP_TYPE_NAME, .help = "the array it belongs to" },
		{ .name = "fabric", .type = NP_TYPE_NAME, .flags = NP_FIELD_NULLABLE, .help = "its fabric" },
		{ .name = "kind", .type = NP_TYPE_ENUM, .words = target_kinds, .help = "disk or tape: never in one zone" },
		COMMENT,
		GENERATION,
		{ 0 } } };

const struct db_table db_luns = { "luns", "LUN", "wwid", "wwid",
	(const struct np_field[]){
		{ .name = "wwid", .type = NP_TYPE_TEXT, .flags = REQUIRED_FIXED, .max = 127, .help = "identity of the logical unit, as the kernel's wwid" },
		{ .name = "name", .type = NP_TYPE_NAME, .help = "its name" },
		{ .name = "array", .type = NP_TYPE_TEXT, .max = 63, .help = "the array that it is on; guests that may see it are zoned to its ports" },
		COMMENT,
		GENERATION,
		{ 0 } } };

const struct db_table db_masks = { "masks", "mask", "id", "id",
	(const struct np_field[]){
		{ .name = "id", .type = NP_TYPE_INT, .flags = SHOWN, .help = "number" },
		{ .name = "guest", .type = NP_TYPE_TEXT, .flags = REQUIRED_FIXED, .max = 128, .help = "guest, by UUID or name" },
		{ .name = "wwid", .type = NP_TYPE_TEXT, .flags = REQUIRED_FIXED, .max = 127, .help = "the LUN that it may see" },
		{ .name = "lun", .type = NP_TYPE_INT, .flags = NP_FIELD_NULLABLE, .max = 16383, .help = "the LUN number that it sees it at" },
		{ .name = "access", .type = NP_TYPE_ENUM, .words = access_words, .help = "rw or ro" },
		GENERATION,
		{ 0 } } };

#define FABRIC_AND_NAME(noun) \
	{ .name = "fabric", .type = NP_TYPE_NAME, .flags = REQUIRED_FIXED, .help = "the fabric" }, \
	{ .name = "name", .type = NP_TYPE_NAME, .flags = REQUIRED_FIXED, .help = noun }, \
	{ .name = "key", .type = NP_TYPE_TEXT, .flags = SHOWN, .help = "FABRIC:NAME" }

const struct db_table db_aliases = { "aliases", "alias", "key", "fabric, name",
	(const struct np_field[]){
		FABRIC_AND_NAME("the alias"),
		{ .name = "wwn", .type = NP_TYPE_WWN, .flags = NP_FIELD_REQUIRED, .help = "the port that it names" },
		COMMENT,
		GENERATION,
		{ 0 } } };

const struct db_table db_zones = { "zones", "zone", "key", "fabric, name",
	(const struct np_field[]){
		FABRIC_AND_NAME("the zone"),
		{ .name = "kind", .type = NP_TYPE_ENUM, .words = zone_kinds, .help = "single-initiator or peer" },
		{ .name = "members", .type = NP_TYPE_WWNS, .max = 255, .help = "WWPNs; the initiator or the principal first" },
		COMMENT,
		GENERATION,
		{ 0 } } };

const struct db_table db_zonesets = { "zonesets", "zoneset", "key", "fabric, name",
	(const struct np_field[]){
		FABRIC_AND_NAME("the zoneset"),
		{ .name = "zones", .type = NP_TYPE_NAMES, .max = 4096, .help = "names of its zones" },
		{ .name = "active", .type = NP_TYPE_BOOL, .help = "the one that should be in force; one a fabric" },
		COMMENT,
		GENERATION,
		{ 0 } } };

const struct db_table db_events = { "events", "event", "id", "id",
	(const struct np_field[]){
		{ .name = "id", .type = NP_TYPE_INT },
		{ .name = "time", .type = NP_TYPE_TEXT },
		{ .name = "kind", .type = NP_TYPE_TEXT },
		{ .name = "severity", .type = NP_TYPE_TEXT },
		{ .name = "object", .type = NP_TYPE_TEXT },
		{ .name = "guest", .type = NP_TYPE_TEXT },
		{ .name = "message", .type = NP_TYPE_TEXT },
		{ 0 } } };

const struct db_table db_operations = { "operations", "operation", "id", "id",
	(const struct np_field[]){
		{ .name = "id", .type = NP_TYPE_INT },
		{ .name = "kind", .type = NP_TYPE_TEXT },
		{ .name = "object", .type = NP_TYPE_TEXT },
		{ .name = "guest", .type = NP_TYPE_TEXT },
		{ .name = "state", .type = NP_TYPE_TEXT },
		{ .name = "request", .type = NP_TYPE_JSON },
		{ .name = "error", .type = NP_TYPE_JSON },
		{ .name = "principal", .type = NP_TYPE_TEXT },
		{ .name = "cancel", .type = NP_TYPE_BOOL },
		{ .name = "created", .type = NP_TYPE_TEXT },
		{ .name = "started", .type = NP_TYPE_TEXT },
		{ .name = "ended", .type = NP_TYPE_TEXT },
		{ .name = "deadline_ms", .type = NP_TYPE_INT },
		{ .name = "host", .type = NP_TYPE_TEXT },
		{ .name = "result", .type = NP_TYPE_JSON },
		{ 0 } } };

const struct db_table db_steps = { "steps", "step", "operation", "operation, seq",
	(const struct np_field[]){
		{ .name = "operation", .type = NP_TYPE_INT },
		{ .name = "seq", .type = NP_TYPE_INT },
		{ .name = "name", .type = NP_TYPE_TEXT },
		{ .name = "object", .type = NP_TYPE_TEXT },
		{ .name = "args", .type = NP_TYPE_JSON },
		{ .name = "lane", .type = NP_TYPE_TEXT },
		{ .name = "state", .type = NP_TYPE_TEXT },
		{ .name = "error", .type = NP_TYPE_JSON },
		{ .name = "started", .type = NP_TYPE_TEXT },
		{ .name = "ended", .type = NP_TYPE_TEXT },
		{ 0 } } };

const struct db_table db_made = { "made", "object on a switch", "name", "fabric, object, name",
	(const struct np_field[]){
		{ .name = "fabric", .type = NP_TYPE_TEXT },
		{ .name = "object", .type = NP_TYPE_TEXT },
		{ .name = "name", .type = NP_TYPE_TEXT },
		{ .name = "state", .type = NP_TYPE_TEXT },
		{ .name = "guest", .type = NP_TYPE_TEXT },
		{ .name = "value", .type = NP_TYPE_JSON },
		{ .name = "created", .type = NP_TYPE_TEXT },
		{ .name = "host", .type = NP_TYPE_TEXT },
		{ 0 } } };

const struct db_table db_plans = { "plans", "plan", "id", "id",
	(const struct np_field[]){
		{ .name = "id", .type = NP_TYPE_INT },
		{ .name = "fabric", .type = NP_TYPE_TEXT },
		{ .name = "state", .type = NP_TYPE_TEXT },
		{ .name = "operation", .type = NP_TYPE_INT },
		{ .name = "step", .type = NP_TYPE_INT },
		{ .name = "guest", .type = NP_TYPE_TEXT },
		{ .name = "principal", .type = NP_TYPE_TEXT },
		{ .name = "created", .type = NP_TYPE_TEXT },
		{ .name = "ended", .type = NP_TYPE_TEXT },
		{ .name = "sum", .type = NP_TYPE_TEXT },
		{ .name = "changes", .type = NP_TYPE_INT },
		{ .name = "plan", .type = NP_TYPE_JSON },
		{ .name = "impact", .type = NP_TYPE_JSON },
		{ .name = "diff", .type = NP_TYPE_TEXT },
		{ .name = "owners", .type = NP_TYPE_JSON },
		{ .name = "error", .type = NP_TYPE_JSON },
		{ .name = "generation", .type = NP_TYPE_INT },
		{ 0 } } };

const struct db_table db_snapshots = { "snapshots", "snapshot", "id", "id",
	(const struct np_field[]){
		{ .name = "id", .type = NP_TYPE_INT },
		{ .name = "fabric", .type = NP_TYPE_TEXT },
		{ .name = "taken", .type = NP_TYPE_TEXT },
		{ .name = "sum", .type = NP_TYPE_TEXT },
		{ .name = "operation", .type = NP_TYPE_INT },
		{ .name = "reason", .type = NP_TYPE_TEXT },
		{ 0 } } };

/* clang-format on */

static bool is_json_text(enum np_field_type type)
{
	return type == NP_TYPE_JSON || type == NP_TYPE_WWNS || type == NP_TYPE_NAMES;
}

void db_decode(const struct db_table *table, json_t *row)
{
	for (const struct np_field *field = table->fields; field->name; field++) {
		const json_t *value = json_object_get(row, field->name);

		if (value && field->type == NP_TYPE_BOOL)
			(void)json_object_set_new(
				row, field->name, json_boolean(json_integer_value(value) != 0));
		else if (json_is_string(value) && is_json_text(field->type))
			(void)json_object_set_new(row, field->name,
				json_loads(json_string_value(value), JSON_DECODE_ANY, NULL));
	}
}

static bool has_field(const struct db_table *table, const char *name)
{
	for (const struct np_field *field = table->fields; field->name; field++) {
		if (strcmp(field->name, name) == 0)
			return true;
	}
	return false;
}

/* The columns of @values that exist, in the table's order: SQL text through @part, and the
 * arguments. */
static void gather(const struct db_table *table, const json_t *values, const char *part,
	const char *joint, char *sql, json_t *args)
{
	for (const struct np_field *field = table->fields; field->name; field++) {
		json_t *value = json_object_get(values, field->name);
		size_t len = strlen(sql);

		if (!value)
			continue;
		(void)snprintf(sql + len, SQL_MAX - len, part, json_array_size(args) ? joint : "",
			field->name);
		(void)json_array_append(args, value);
	}
}

static int bind_values(struct db *db, sqlite3_stmt *stmt, const json_t *args, struct np_err *err)
{
	for (size_t i = 0; i < json_array_size(args); i++) {
		if (db_bind_value(stmt, (int)i + 1, json_array_get(args, i)) != SQLITE_OK)
			return db_fail(db, err, "bind");
	}
	return 0;
}

static int run(struct db *db, const char *sql, const json_t *args, struct np_err *err)
{
	sqlite3_stmt *stmt;
	int rc = db_prepare_write(db, sql, &stmt, err);

	if (rc == 0)
		rc = bind_values(db, stmt, args, err);
	if (rc < 0)
		return rc;
	if (sqlite3_step(stmt) != SQLITE_DONE)
		rc = db_fail(db, err, sql);
	(void)sqlite3_reset(stmt);
	return rc;
}

int db_insert(struct db *db, const struct db_table *table, const json_t *values, struct np_err *err)
{
	np_auto(np_json_decref) json_t *args = json_array();
	char columns[SQL_MAX] = "", sql[2 * SQL_MAX], marks[128] = "";

	gather(table, values, "%s\"%s\"", ", ", columns, args);
	for (size_t i = 0, len = 0; i < json_array_size(args) && len < sizeof marks; i++)
		len += (size_t)snprintf(marks + len, sizeof marks - len, i ? ", ?" : "?");
	(void)snprintf(
		sql, sizeof sql, "INSERT INTO %s (%s) VALUES (%s)", table->noun, columns, marks);
	return run(db, sql, args, err);
}

static int not_found(const struct db_table *table, const char *key, struct np_err *err)
{
	return np_fail(err, NP_NOTFOUND, "%s '%.128s' not found", table->single, key);
}

int db_update(struct db *db, const struct db_table *table, const char *key, const json_t *values,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *args = json_array();
	char sets[SQL_MAX] = "", sql[2 * SQL_MAX];

	gather(table, values, "%s\"%s\" = ?", ", ", sets, args);
	(void)snprintf(sql, sizeof sql, "UPDATE %s SET %s%s%s WHERE \"%s\" = ?", table->noun, sets,
		*sets ? ", " : "",
		has_field(table, "generation") ? "generation = generation + 1" : "rowid = rowid",
		table->key);
	(void)json_array_append_new(args, json_string(key));
	int rc = run(db, sql, args, err);
	if (rc == 0 && db_changes(db) == 0)
		rc = not_found(table, key, err);
	return rc;
}

int db_delete(struct db *db, const struct db_table *table, const char *key, struct np_err *err)
{
	char sql[160];

	(void)snprintf(sql, sizeof sql, "DELETE FROM %s WHERE \"%s\" = ?", table->noun, table->key);
	int rc = db_exec(db, err, sql, "t", key);
	if (rc == 0 && db_changes(db) == 0)
		rc = not_found(table, key, err);
	return rc;
}

int db_find(struct db *db, const struct db_table *table, const char *key, json_t **ret_row,
	struct np_err *err)
{
	char sql[160];
	json_t *row = NULL;

	(void)snprintf(
		sql, sizeof sql, "SELECT * FROM %s WHERE \"%s\" = ?", table->noun, table->key);
	int rc = db_get(db, &row, err, sql, "t", key);
	if (rc < 0)
		return rc;
	if (!row)
		return not_found(table, key, err);
	db_decode(table, row);
	*ret_row = row;
	return 0;
}

int db_select(struct db *db, const struct db_table *table, const json_t *filter, json_t **ret_rows,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *args = json_array();
	np_auto(np_json_decref) json_t *rows = json_array();
	char where[SQL_MAX] = "", sql[2 * SQL_MAX];
	sqlite3_stmt *stmt;

	gather(table, filter, "%s\"%s\" = ?", " AND ", where, args);
	(void)snprintf(sql, sizeof sql, "SELECT * FROM %s%s%s ORDER BY %s", table->noun,
		*where ? " WHERE " : "", where, table->order);
	int rc = db_prepare(db, sql, &stmt, err);
	if (rc == 0)
		rc = bind_values(db, stmt, args, err);
	if (rc == 0)
		rc = db_collect(db, stmt, rows, SIZE_MAX, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < json_array_size(rows); i++)
		db_decode(table, json_array_get(rows, i));
	*ret_rows = np_take(rows);
	return 0;
}
