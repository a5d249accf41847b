"""Nexmark's stream as JSON lines: of 50 events 1 is a person, 3 are auctions and 46 bids; fields are distributed as the official
generator's defaults have it (hot sellers and bidders 3 of 4, hot auctions and channels 1 of 2, 10,000 events a second of event time).

  nexmark.py EVENTS >FILE
"""

import datetime
import random
import sys

STATES = ["AZ", "CA", "ID", "OR", "WA", "WY"]
CITIES = ["Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"]
FIRST_NAMES = ["Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"]
LAST_NAMES = ["Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"]
HOT_CHANNELS = ["Google", "Facebook", "Baidu", "Apple"]
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
EVENTS_PER_SECOND = 10000
FIRST_ID = 1000
HOT_EVERY = 100  # ids of which the first is the hot one
ACTIVE_PEOPLE, AUCTIONS_IN_FLIGHT = 1000, 100
START = datetime.datetime(2024, 1, 1)

draw = random.Random(42)
below = lambda n: int(draw.random() * n)
LETTERS = "".join(ALPHABET[below(26)] for _ in range(1 << 17))


def letters(n):
    at = below(len(LETTERS) - n)
    return LETTERS[at:at + n]


def word(longest):
    return letters(3 + below(longest - 3))


def padding(used, average):
    """Fills an event up to about `average` bytes, a fifth more or less."""
    left = average - used
    return letters(left - left // 5 + below(2 * (left // 5) + 1)) if left > 0 else ""


def price():
    """Cents, even over the magnitudes from 1 to 10^6."""
    return round(10 ** (draw.random() * 6) * 100)


def address():
    return "https://www.nexmark.com/%s/%s/%s/item.htm?query=1" % (word(6), word(6), word(6))


CHANNELS = [("channel-%d" % i, address() + ("&channel_id=%d" % below(1 << 31) if below(10) else "")) for i in range(10000)]
HOT = [(name, address()) for name in HOT_CHANNELS]


def stamp(event):
    time = START + datetime.timedelta(milliseconds=event * 1000 // EVENTS_PER_SECOND)
    return time.strftime("%Y-%m-%d %H:%M:%S.") + "%03d" % (time.microsecond // 1000)


def some_person(last):
    """One of those who came last, or of a few who are still to come."""
    active = min(last + 1, ACTIVE_PEOPLE)
    return last + 1 - active + below(active + 10)


def person(event, epoch):
    name = FIRST_NAMES[below(11)] + " " + LAST_NAMES[below(9)]
    card = "%04d %04d %04d %04d" % (below(10000), below(10000), below(10000), below(10000))
    fields = (FIRST_ID + epoch, name, word(7) + "@" + word(6) + ".com", card, CITIES[below(10)], STATES[below(6)], stamp(event))
    return ('{"event_type":0,"person":{"id":%d,"name":"%s","emailAddress":"%s","creditCard":"%s","city":"%s","state":"%s","dateTime":"%s",'
            '"extra":"%s"}}\n') % (*fields, padding(70, 200))


def auction(event, epoch, number):
    seller = epoch // HOT_EVERY * HOT_EVERY if below(4) else some_person(epoch)
    first, lasts = price(), 1 + below(2 * AUCTIONS_IN_FLIGHT * 50 // 3)
    text = word(100)
    fields = (FIRST_ID + number, word(20), text, first, first + price(), stamp(event), stamp(event + 1 + lasts), FIRST_ID + seller, 10 + below(5))
    return ('{"event_type":1,"auction":{"id":%d,"itemName":"%s","description":"%s","initialBid":%d,"reserve":%d,"dateTime":"%s","expires":"%s",'
            '"seller":%d,"category":%d,"extra":"%s"}}\n') % (*fields, padding(60 + len(text), 500))


def bid(event, epoch):
    last = epoch * 3 + 2
    wanted = last // HOT_EVERY * HOT_EVERY if below(2) else max(last - AUCTIONS_IN_FLIGHT, 0) + below(min(last, AUCTIONS_IN_FLIGHT) + 11)
    bidder = epoch // HOT_EVERY * HOT_EVERY + 1 if below(4) else some_person(epoch)
    channel, url = HOT[below(4)] if below(2) else CHANNELS[below(10000)]
    return '{"event_type":2,"bid":{"auction":%d,"bidder":%d,"price":%d,"channel":"%s","url":"%s","dateTime":"%s","extra":"%s"}}\n' % (
        FIRST_ID + wanted, FIRST_ID + bidder, price(), channel, url, stamp(event), padding(32, 100))


def main():
    for event in range(int(sys.argv[1])):
        epoch, place = divmod(event, 50)
        sys.stdout.write(person(event, epoch) if place == 0 else auction(event, epoch, epoch * 3 + place - 1) if place < 4 else bid(event, epoch))


main()
