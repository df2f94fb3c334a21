#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the commands of the simulated NX-OS do: zones, sessions, activation, aliases, and what goes wrong."""

import http.client

from harness import until
from nxos import I1, I2, I3, T1, Nxos, NxosTest, enter, pwwn, rows
from switches import main, wwn

CREATED = "Enhanced zone session has been created. Please 'commit' the changes when done.\n"


class Zones(NxosTest):
    """What commands do to zones and zonesets, and how they are shown."""

    def test_a_zone_has_members_of_each_kind(self):
        self.done(enter("z1"), pwwn(I1), "member device-alias host1", "member interface fc1/4", "member fcid 0x010203",
                  "member fwwn 20:01:00:0d:ec:00:00:01", "member ip-address 192.0.2.1", "member symbolic-nodename node")
        self.commit()
        self.assertEqual([I1, "@host1", "interface:fc1/4", "fcid:0x010203", "fwwn:2001000dec000001", "ip:192.0.2.1",
                          "symbolic:node"], self.zoning()["defined"]["zones"]["z1"]["members"])
        self.assertEqual(
            [{"type": "pwwn", "wwn": wwn(I1)}, {"type": "device-alias", "dev_alias": "host1"},
             {"type": "interface", "intf_fc": "fc1/4"}, {"type": "fcid", "fcid": "0x010203"},
             {"type": "fwwn", "wwn": "20:01:00:0d:ec:00:00:01"}, {"type": "ip-address", "ipaddr": "192.0.2.1"},
             {"type": "symbolic-nodename", "symnodename": "node"}], self.members("z1"))

    def test_a_single_row_is_no_list(self):
        self.done(enter("z1"), pwwn(I1))
        self.commit()
        self.assertEqual({"TABLE_zone": {"ROW_zone": {"name": "z1", "vsan": 10, "TABLE_zone_member": {
            "ROW_zone_member": {"type": "pwwn", "wwn": wwn(I1)}}}}}, self.nxos.show("show zone vsan 10"))

    def test_a_zone_by_name_is_in_no_table(self):
        self.make()
        body = self.nxos.show("show zone name z2 vsan 10")
        self.assertEqual(("z2", [wwn(I2), wwn(T1)]), (body["name"], [row["wwn"] for row in rows(body, "zone_member")]))

    def test_members_are_there_once_and_go(self):
        self.done(enter("z1"), pwwn(I1))
        self.refused("Duplicate member", enter("z1"), pwwn(I1))
        self.done(enter("z1"), f"no {pwwn(I1)}")
        self.assertEqual(["Member not present\n"], self.done(enter("z1"), f"no {pwwn(I1)}")[1:])

    def test_a_zone_that_goes_leaves_its_zonesets(self):
        self.make()
        self.done("no zone name z1 vsan 10")
        self.commit()
        self.assertEqual(["z2"], self.zoning()["defined"]["zonesets"]["S"])
        self.assertEqual(["z1", "z2"], sorted(self.zoning()["effective"]["zones"]))

    def test_a_zoneset_takes_only_zones_that_are_there(self):
        self.assertEqual(["Zone not present\n"], self.done("zoneset name S vsan 10", "member z9")[1:])
        self.done(enter("z1"), "zoneset name S vsan 10", "member z1")
        self.refused("Duplicate member", "zoneset name S vsan 10", "member z1")
        self.done("zoneset name S vsan 10", "no member z1", "no zoneset name S vsan 10")
        self.assertEqual({}, self.zoning()["pending"]["zonesets"])

    def test_names_are_checked(self):
        self.refused("exceeded max length", enter("z" * 65))
        self.refused("Illegal character", enter("z*"))
        self.done(enter("z_1-$^" + "z" * 58))

    def test_what_a_mode_does_not_know_ends_it(self):
        self.done(enter("z1"), pwwn(I1), "zoneset name S vsan 10", "member z1", enter("z2"), pwwn(I2))
        self.refused("% Invalid command", "exit", pwwn(I1))

    def test_the_shell_outlives_a_request_and_not_its_session(self):
        self.done(enter("z1"))
        self.done(pwwn(I1))
        self.san.ctl("switch expire A")
        self.refused("% Invalid command", pwwn(I2))

    def test_an_alias_of_the_zone_server_is_shown_with_its_members(self):
        self.done("fcalias name f1 vsan 10", pwwn(I1), enter("z1"), "member fcalias f1", pwwn(T1),
                  "zoneset name S vsan 10", "member z1", "zoneset activate name S vsan 10")
        self.commit()
        self.assertEqual({"type": "fcalias", "fcalias_name": "f1", "TABLE_fcalias_member": {
            "ROW_fcalias_member": {"type": "pwwn", "wwn": wwn(I1)}}}, self.members("z1")[0])
        self.assertEqual([I1, T1], self.zoning()["effective"]["zones"]["z1"]["members"])

    def test_what_is_not_there_is_empty(self):
        self.assertEqual("Zone not present\n", self.nxos.show("show zone vsan 10"))
        self.assertEqual("Zoneset not present\n", self.nxos.show("show zoneset active vsan 10"))

    def test_saving_is_told(self):
        self.make()
        self.assertFalse(self.switch()["saved"])
        self.done("copy running-config startup-config")
        self.assertTrue(self.switch()["saved"])


class Sessions(NxosTest):
    """Enhanced mode: one implicit session a fabric."""

    def test_the_first_change_opens_a_session_and_says_so_once(self):
        self.assertEqual("none", self.status()["session"])
        self.assertEqual([CREATED, {}], self.done(enter("z1"), pwwn(I1)))
        self.assertEqual("cli [admin]", self.status()["session"])

    def test_looking_into_a_zone_opens_none(self):
        self.make()
        self.assertEqual([{}], self.done(enter("z1")))
        self.done("no zone name z9 vsan 10")
        self.assertEqual("none", self.status()["session"])

    def test_changes_are_pending_until_they_are_committed(self):
        self.done(enter("z1"), pwwn(I1))
        self.assertEqual("Zone not present\n", self.nxos.show("show zone vsan 10"))
        self.assertEqual("z1", rows(self.nxos.show("show zone pending vsan 10"), "zone")[0]["name"])
        self.assertEqual(f"+zone name z1 vsan 10\n+  pwwn {wwn(I1)} \n", self.nxos.text("show zone pending-diff vsan 10"))
        self.assertEqual(["Commit operation initiated. Check zone status\n"], self.done("zone commit vsan 10"))
        self.settle()
        self.assertEqual("none", self.status()["session"])
        self.assertIn("Commit completed at", self.status()["status"])
        self.assertEqual([wwn(I1)], [row["wwn"] for row in self.members("z1")])
        self.assertEqual("No pending info found\n", self.nxos.show("show zone pending vsan 10"))

    def test_changes_can_be_dropped(self):
        self.done(enter("z1"))
        self.done("no zone commit vsan 10")
        self.assertEqual(("none", {}), (self.status()["session"], self.zoning()["defined"]["zones"]))
        self.refused("No pending info found", "no zone commit vsan 10")
        self.refused("No pending info found", "zone commit vsan 10")

    def test_another_s_session_is_in_the_way(self):
        self.san.ctl("zone lock A operator cli 1000")
        self.assertEqual("cli [operator]", self.status()["session"])
        for commands in ([enter("z1")], ["zone commit vsan 10"], ["no zone commit vsan 10"],
                         ["zoneset activate name S vsan 10"], ["zone default-zone permit vsan 10"]):
            self.refused("locked by cli [operator]", *commands)
        self.done("clear zone lock vsan 10")
        self.refused("not locked", "clear zone lock vsan 10")
        self.done(enter("z1"))

    def test_a_session_at_another_switch_tells_no_user(self):
        self.san.ctl("zone lock A operator remote 1000")
        self.assertEqual("remote [dom: 23][ip: 192.0.2.7]", self.status()["session"])
        self.refused("locked by remote", enter("z1"))

    def test_the_mode_does_not_change_under_a_session(self):
        self.refused("same as specified", "zone mode enhanced vsan 10")
        self.done(enter("z1"))
        self.refused("locked", "no zone mode enhanced vsan 10")
        self.commit()
        self.done("no zone mode enhanced vsan 10")
        self.assertEqual(("basic", "active only"), (self.status()["mode"], self.status()["distribute"]))

    def test_the_default_zone_is_a_matter_of_the_session(self):
        self.refused("No zone policy change", "no zone default-zone permit vsan 10")
        self.done("zone default-zone permit vsan 10")
        self.assertEqual("deny", self.status()["default_zone"])
        self.commit()
        self.assertEqual("permit", self.status()["default_zone"])


class Basic(NxosTest):
    settings = ("mode basic",)

    def test_changes_are_defined_at_once(self):
        before = self.zoning()["checksum"]
        self.assertEqual([{}, {}], self.done(enter("z1"), pwwn(I1)))
        self.assertEqual(("none", [I1]), (self.status()["session"], self.zoning()["defined"]["zones"]["z1"]["members"]))
        self.assertNotEqual(before, self.zoning()["checksum"])

    def test_what_is_in_force_changes_by_activation_only(self):
        self.make()
        self.done(enter("z1"), f"no {pwwn(I1)}")
        self.assertIn(I1, self.zoning()["effective"]["zones"]["z1"]["members"])
        self.done("zoneset activate name S vsan 10")
        self.settle()
        self.assertNotIn(I1, self.zoning()["effective"]["zones"]["z1"]["members"])

    def test_there_is_nothing_to_commit(self):
        self.done(enter("z1"))
        self.refused("No pending info found", "zone commit vsan 10")

    def test_another_s_activation_overwrites_ours(self):
        self.make()
        self.done(enter("z3"), pwwn(I3), "zoneset name other vsan 10", "member z3", "zoneset activate name other vsan 10")
        self.settle()
        self.assertEqual("other", self.status()["activedb_zoneset_name"])

    def test_policies_change_at_once(self):
        self.assertEqual(["Smart Zoning distribution initiated. check zone status\n"],
                         self.done("zone smart-zoning enable vsan 10"))
        self.refused("already enabled", "zone smart-zoning enable vsan 10")
        self.done("zone default-zone permit vsan 10")
        self.assertEqual(("enabled", "permit"), (self.status()["smart_zoning"], self.status()["default_zone"]))


class Activation(NxosTest):
    settings = ("mode basic", "activation-ms 600000")

    def test_it_goes_on_after_the_command(self):
        self.done(enter("z1"), pwwn(I1), "zoneset name S vsan 10", "member z1")
        self.assertEqual(["Zoneset activation initiated. check zone status\n"], self.done("zoneset activate name S vsan 10"))
        self.assertTrue(self.switch()["running"])
        self.assertIn("Activation in progress", self.status()["status"])
        self.assertNotIn("activedb_zoneset_name", self.status())
        self.refused("Fabric unstable", "zoneset activate name S vsan 10")

    def test_it_ends_with_what_it_began_with(self):
        self.set("activation-ms 200")
        self.done(enter("z1"), pwwn(I1), "zoneset name S vsan 10", "member z1", "zoneset activate name S vsan 10", enter("z1"),
                  pwwn(I2))
        self.settle()
        self.assertEqual([I1], self.zoning()["effective"]["zones"]["z1"]["members"])
        self.assertIn("Activation completed at", self.status()["status"])

    def test_an_unchanged_zoneset_is_a_failure_and_none(self):
        self.set("activation-ms 0")
        self.make()
        self.assertEqual(["Specified zoneset already active and unchanged\n"], self.done("zoneset activate name S vsan 10"))
        self.assertIn("Operation failed: [Error: WARNING: Specified zoneset already active and unchanged]: at",
                      self.status()["status"])

    def test_a_zoneset_that_is_not_there(self):
        self.assertEqual(["Zoneset not present\n"], self.done("zoneset activate name T vsan 10"))
        self.assertEqual(["Zoneset not present\n"], self.done("no zoneset activate name T vsan 10"))

    def test_deactivation_leaves_the_definition(self):
        self.set("activation-ms 0")
        self.make()
        self.done("no zoneset activate name S vsan 10")
        self.assertEqual(({"zones": {}}, ["S"]), (self.zoning()["effective"], list(self.zoning()["defined"]["zonesets"])))

    def test_in_a_session_it_waits_for_the_commit(self):
        self.set("mode enhanced")
        self.set("activation-ms 0")
        self.done(enter("z1"), pwwn(I1), "zoneset name S vsan 10", "member z1", "zoneset activate name S vsan 10")
        self.assertEqual({"zones": {}}, self.zoning()["effective"])
        self.done("zone commit vsan 10")
        self.assertEqual("S", self.zoning()["effective"]["zoneset"])

    def test_a_commit_that_goes_on_takes_no_changes(self):
        self.set("mode enhanced")
        self.done(enter("z1"))
        self.done("zone commit vsan 10")
        self.assertIn("Commit in progress", self.status()["status"])
        for commands in (["zone commit vsan 10"], [enter("z2")], ["no zone commit vsan 10"]):
            self.refused("Fabric unstable", *commands)

    def test_a_commit_without_activation_changes_no_zone_in_force(self):
        self.set("mode enhanced")
        self.set("activation-ms 0")
        self.make()
        self.done(enter("z1"), pwwn(I3))
        self.done("zone commit vsan 10")
        self.assertIn(I3, self.zoning()["defined"]["zones"]["z1"]["members"])
        self.assertNotIn(I3, self.zoning()["effective"]["zones"]["z1"]["members"])


class SmartZoning(NxosTest):
    settings = ("smart on", "activation-ms 0")

    def make_typed(self):
        self.done(enter("z1"), pwwn(I1, "init"), pwwn(I2, "initiator"), pwwn(T1, "target"), "zoneset name S vsan 10",
                  "member z1", "zoneset activate name S vsan 10")
        self.done("zone commit vsan 10")

    def test_a_zone_of_typed_members_is_a_peer_zone(self):
        self.make_typed()
        self.assertEqual({"kind": "peer", "principals": [T1], "members": [I1, I2]},
                         self.zoning()["effective"]["zones"]["z1"])
        self.assertEqual(["target", "init", "init"], [row["dev_type"] for row in self.members("z1")])

    def test_a_member_without_a_type_makes_it_regular_and_loses_none(self):
        self.make_typed()
        self.done(enter("z1"), pwwn(I3))
        self.assertEqual("regular", self.zoning()["pending"]["zones"]["z1"]["kind"])
        self.done(enter("z1"), f"no {pwwn(I3)}")
        self.assertEqual("peer", self.zoning()["pending"]["zones"]["z1"]["kind"])

    def test_a_member_of_both_types_loses_one(self):
        self.done(enter("z1"), pwwn(I1, "init"), pwwn(I1, "target"))
        self.assertEqual(([I1], [I1]), tuple(self.zoning()["pending"]["zones"]["z1"][key] for key in ("principals", "members")))
        self.done(enter("z1"), f"no {pwwn(I1, 'init')}")
        self.assertEqual([], self.zoning()["pending"]["zones"]["z1"]["members"])

    def test_types_do_not_count_while_smart_zoning_is_off(self):
        self.make_typed()
        self.done("no zone smart-zoning enable vsan 10")
        self.done("zone commit vsan 10")
        self.assertEqual("regular", self.zoning()["effective"]["zones"]["z1"]["kind"])
        self.assertEqual("peer", self.zoning()["defined"]["zones"]["z1"]["kind"])

    def test_types_are_in_the_text_of_each_release(self):
        self.make_typed()
        self.assertIn(f"  pwwn {wwn(I1)}  init\n", self.nxos.text("show zone vsan 10"))


class DeviceAliases(NxosTest):
    settings = ("activation-ms 0",)

    def add(self, name, pwwn_of):
        return self.nxos.conf("device-alias database", f"device-alias name {name} pwwn {wwn(pwwn_of)}")

    def aliases(self):
        body = self.nxos.show("show device-alias database")
        return {row["dev_alias_name"]: row["pwwn"] for row in rows(body, "device_alias_database")}

    def test_they_have_a_session_of_their_own(self):
        self.add("host1", I1)
        status = self.nxos.show("show device-alias status")
        self.assertEqual(("CLI/SNMPv3:admin", "1", "0"), (status["Locked_by_user"], status["pending_database_device_aliases"],
                                                          status["database_device_aliases"]))
        self.assertEqual(({}, "none"), (self.aliases(), self.status()["session"]))
        text = self.done("device-alias commit")[0]
        self.assertEqual("The following device-alias changes are about to be committed\n"
                         f"+ device-alias name host1 pwwn {wwn(I1)}\n", text)
        self.assertEqual({"host1": wwn(I1)}, self.aliases())
        self.assertNotIn("Locked_by_user", self.nxos.show("show device-alias status"))
        self.refused("no pending changes", "device-alias commit")

    def test_one_name_one_wwn(self):
        self.add("host1", I1)
        self.refused("already present", "device-alias database", f"device-alias name host1 pwwn {wwn(I2)}")
        self.refused("already present with the same pwwn", "device-alias database",
                     f"device-alias name host2 pwwn {wwn(I1)}")
        self.refused("Illegal character", "device-alias database", f"device-alias name 1host pwwn {wwn(I2)}")
        self.assertEqual(["Device Alias not present\n"], self.done("device-alias database", "no device-alias name x")[1:])

    def test_changes_can_be_dropped(self):
        self.add("host1", I1)
        self.done("device-alias abort")
        self.assertNotIn("Locked_by_user", self.nxos.show("show device-alias status"))

    def test_without_distribution_changes_are_there_at_once(self):
        self.set("distribute off")
        self.add("host1", I1)
        self.done("device-alias database", "device-alias rename host1 host2")
        self.assertEqual({"host2": wwn(I1)}, self.aliases())
        self.assertEqual("Disabled", self.nxos.show("show device-alias status")["fabric_distribution"])

    def zone_with_alias(self):
        self.add("host1", I1)
        self.done("device-alias commit")
        self.done(enter("z1"), "member device-alias host1", pwwn(T1), "zoneset name S vsan 10", "member z1",
                  "zoneset activate name S vsan 10")
        self.done("zone commit vsan 10")

    def test_in_enhanced_mode_zones_follow_the_alias_at_once(self):
        self.zone_with_alias()
        self.assertEqual([I1, T1], self.zoning()["effective"]["zones"]["z1"]["members"])
        self.assertEqual({"type": "device-alias", "dev_alias": "host1"}, self.members("z1")[0])
        self.done("device-alias database", "no device-alias name host1", f"device-alias name host1 pwwn {wwn(I2)}",
                  "device-alias commit")
        self.assertEqual([I2, T1], self.zoning()["effective"]["zones"]["z1"]["members"])
        self.refused("enhanced zone member present", "no device-alias mode enhanced", "device-alias commit")

    def test_in_basic_mode_zones_have_the_wwn(self):
        self.set("alias-mode basic")
        self.zone_with_alias()
        self.assertEqual([I1, T1], self.zoning()["defined"]["zones"]["z1"]["members"])
        self.assertEqual({"type": "pwwn", "wwn": wwn(I1), "dev_alias": "host1"}, self.members("z1")[0])
        self.refused("Device Alias not present", enter("z1"), "member device-alias host9")

    def test_an_open_zone_session_keeps_new_aliases_when_it_is_committed(self):
        self.done(enter("z1"))
        self.add("host1", I1)
        self.done("device-alias commit")
        self.done("zone commit vsan 10")
        self.assertEqual({"host1": wwn(I1)}, self.aliases())

    def test_another_user_s_session_is_in_the_way(self):
        self.add("host1", I1)
        port = self.san.ctl("switch add B nxos 0")["port"]
        self.assertEqual({}, Nxos(port).show("show device-alias database"))
        self.assertEqual("admin", self.switch()["alias_session"])


class Faults(NxosTest):
    settings = ("activation-ms 0",)
    CONF = "POST:/ins"

    def test_503_and_lost_replies(self):
        self.fault(f"{self.CONF} 503 with *cli_conf*")
        self.assert_status(200, self.nxos.ins("cli_show", "show version"))
        self.assert_status(503, self.nxos.ins("cli_conf", enter("z1")))
        self.fault("+1 lost")
        with self.assertRaises(http.client.RemoteDisconnected):
            self.nxos.conf(enter("z1"))
        self.assertEqual(["z1"], list(self.zoning()["pending"]["zones"]))

    def test_a_busy_fabric_says_try_again(self):
        self.fault("+1 busy")
        self.refused("Fabric unstable", enter("z1"))
        self.done("device-alias database", f"device-alias name a pwwn {wwn(I1)}")
        self.fault("+1 busy")
        self.refused("Commit in progress. Check the status.", "device-alias commit")

    def test_a_full_database_refuses_changes_and_lets_them_be_dropped(self):
        self.done(enter("z1"))
        self.set("space 1")
        self.refused("exceeds", enter("z2"))
        self.done("no zone commit vsan 10")
        self.set("space 100000")
        self.fault("+1 full")
        self.refused("exceeds", enter("z2"))

    def test_slow_activation_takes_its_time(self):
        self.done(enter("z1"), "zoneset name S vsan 10", "member z1", "zoneset activate name S vsan 10")
        self.fault("+1 slow 3600")
        self.done("zone commit vsan 10")
        self.assertEqual((True, {"zones": {}}), (self.switch()["running"], self.zoning()["effective"]))

    def test_wrong_success_changes_nothing(self):
        self.fault("+1 wrong-success")
        self.done(enter("z1"), pwwn(I1))
        self.assertEqual("none", self.status()["session"])
        self.done(enter("z1"), "zoneset name S vsan 10", "member z1", "zoneset activate name S vsan 10")
        self.fault("+1 wrong-success")
        self.done("zone commit vsan 10")
        self.assertEqual("cli [admin]", self.status()["session"])
        self.assertEqual({}, self.zoning()["defined"]["zones"])
        self.fault("+1 wrong-success")
        self.done("device-alias database", f"device-alias name a pwwn {wwn(I1)}")
        self.assertEqual("", self.switch().get("alias_session", ""))

    def test_wrong_success_of_a_slow_commit_changes_nothing_later(self):
        self.set("activation-ms 1")
        self.done(enter("z1"))
        self.fault("+1 wrong-success")
        self.done("zone commit vsan 10")
        self.assertFalse(self.switch()["running"])
        self.assertEqual("cli [admin]", self.status()["session"])

    def test_half_of_the_commands_are_done(self):
        self.fault("+1 keep-half")
        self.assertEqual(4, len(self.done(enter("z1"), pwwn(I1), pwwn(I2), pwwn(I3))))
        self.assertEqual([I1], self.zoning()["pending"]["zones"]["z1"]["members"])

    def test_another_takes_the_session_between(self):
        self.fault("+1 lock operator cli 600")
        self.refused("locked by cli [operator]", enter("z1"))

    def test_another_changes_the_database_between(self):
        before = self.zoning()["checksum"]
        self.fault("+1 change")
        self.assertIsNotNone(self.nxos.show("show version"))
        self.assertNotEqual(before, self.zoning()["checksum"])

    def test_sessions_expire_between(self):
        cookie = self.nxos.ins("cli_show", "show version").headers["Set-Cookie"].split(";")[0]
        self.fault("+1 expire")
        self.assert_status(401, self.nxos.ins("cli_show", "show version",
                                              headers={"Authorization": "", "Cookie": cookie}))


class Enforcement(NxosTest):
    settings = ("activation-ms 0",)

    def setUp(self):
        super().setUp()
        self.san.ctl("zone enforce on A")
        with open(f"{self.san.mount}/class/fc_host/host0/vport_create", "w", encoding="ascii") as file:
            file.write(f"{I1}:2000aabbccdd0001")

    def targets(self):
        vport = next((v for v in self.san.status()["hbas"][0]["vports"] if v["wwpn"] == I1), {})
        return [rport["wwpn"] for rport in vport.get("rports", []) if rport.get("state") == "Online" and rport["wwpn"] == T1]

    def test_what_is_in_force_decides_what_a_vport_sees(self):
        self.make()
        until("the vport sees its target", lambda: self.targets() == [T1])
        self.done("no zoneset activate name S vsan 10")
        self.done("zone commit vsan 10")
        until("it sees it no more", lambda: self.targets() == [])

    def test_ports_in_no_zone_meet_in_the_default_zone(self):
        self.assertEqual([], self.targets())
        self.done("zone default-zone permit vsan 10", "zone commit vsan 10")
        until("the vport sees the target", lambda: self.targets() == [T1])
        self.done(enter("z9"), pwwn(T1), pwwn(I3), "zoneset name S vsan 10", "member z9", "zoneset activate name S vsan 10",
                  "zone commit vsan 10")
        until("a target that is in a zone is not in it", lambda: self.targets() == [])


if __name__ == "__main__":
    main()
