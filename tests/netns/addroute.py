#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Add a route by netlink, and live on: who did it can be known. addroute.py PREFIX INTERFACE"""
import ipaddress
import signal
import socket
import struct
import sys

RTM_NEWROUTE, NLM_F_REQUEST, NLM_F_CREATE = 24, 1, 0x400
RTA_DST, RTA_OIF, MAIN, STATIC, LINK, UNICAST = 1, 4, 254, 4, 253, 1

network = ipaddress.ip_network(sys.argv[1])
body = struct.pack(
    "BBBBBBBBI", socket.AF_INET, network.prefixlen, 0, 0, MAIN, STATIC, LINK, UNICAST, 0)
body += struct.pack("HH", 8, RTA_DST) + network.network_address.packed
body += struct.pack("HHI", 8, RTA_OIF, socket.if_nametoindex(sys.argv[2]))
with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as route:
    route.bind((0, 0))
    route.send(struct.pack(
        "IHHII", 16 + len(body), RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_CREATE, 1, 0) + body)
    signal.pause()
