"""Changes of customers, orders and line items (TPC-H's columns) as Debezium's envelopes without schemas, one file a table: rows are
inserted, orders then change their state and price, items are corrected and taken back, as a shop's would.

  order_changes.py ORDERS FOLDER    writes customer.ndjson, orders.ndjson, lineitem.ndjson; about 4 items an order
"""

import datetime
import json
import random
import sys

ORDERS, FOLDER = int(sys.argv[1]), sys.argv[2]
SEGMENTS = ["AUTOMOBILE", "BUILDING", "FURNITURE", "HOUSEHOLD", "MACHINERY"]
PRIORITIES = ["1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW"]
MODES = ["AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"]
EPOCH_1992 = (datetime.date(1992, 1, 1) - datetime.date(1970, 1, 1)).days

draw = random.Random(7)
files = {name: open("%s/%s.ndjson" % (FOLDER, name), "w") for name in ("customer", "orders", "lineitem")}


def day(number):
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=number)).isoformat()


def money(low, high):
    return "%.2f" % draw.uniform(low, high)


def write(table, before, after):
    op = "c" if before is None else "d" if after is None else "u"
    files[table].write(json.dumps({"before": before, "after": after, "op": op}, separators=(",", ":")) + "\n")


def customer(key):
    return {"c_custkey": key, "c_name": "Customer#%09d" % key, "c_nationkey": draw.randrange(25), "c_mktsegment": draw.choice(SEGMENTS),
            "c_acctbal": money(-999, 9999)}


def order(key, customers):
    return {"o_orderkey": key, "o_custkey": draw.randrange(1, customers + 1), "o_orderstatus": "O", "o_totalprice": money(1000, 300000),
            "o_orderdate": day(EPOCH_1992 + draw.randrange(2400)), "o_orderpriority": draw.choice(PRIORITIES)}


def item(key, number):
    shipped = EPOCH_1992 + draw.randrange(2500)
    return {"l_orderkey": key, "l_linenumber": number, "l_partkey": draw.randrange(1, 20001), "l_quantity": "%d.00" % draw.randrange(1, 51),
            "l_extendedprice": money(900, 100000), "l_discount": "0.%02d" % draw.randrange(11), "l_tax": "0.%02d" % draw.randrange(9),
            "l_returnflag": draw.choice("RAN"), "l_linestatus": draw.choice("OF"), "l_shipdate": day(shipped),
            "l_commitdate": day(shipped + draw.randrange(-30, 60)), "l_receiptdate": day(shipped + draw.randrange(1, 31)),
            "l_shipmode": draw.choice(MODES)}


def changed(table, row, **fields):
    write(table, row, row | fields)
    return row | fields


def main():
    customers = max(ORDERS // 10, 1)
    for key in range(1, customers + 1):
        row = customer(key)
        write("customer", None, row)
        if draw.random() < 0.2:
            changed("customer", row, c_acctbal=money(-999, 9999))
    for key in range(1, ORDERS + 1):
        row = order(key, customers)
        write("orders", None, row)
        items = [item(key, number) for number in range(1, draw.randrange(1, 8))]
        for one in items:
            write("lineitem", None, one)
        for index, one in enumerate(items):
            if draw.random() < 0.3:
                items[index] = changed("lineitem", one, l_quantity="%d.00" % draw.randrange(1, 51), l_returnflag=draw.choice("RAN"))
        row = changed("orders", row, o_totalprice=money(1000, 300000))
        if draw.random() < 0.5:
            row = changed("orders", row, o_orderstatus="F")
        if draw.random() < 0.05:
            for one in items:
                write("lineitem", one, None)
            write("orders", row, None)


main()
