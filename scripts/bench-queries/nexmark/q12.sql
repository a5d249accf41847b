-- Bids of each bidder within ten seconds of the clock.
WITH timed AS (SELECT bidder, PROCTIME() AS `at` FROM bid)
SELECT bidder, COUNT(*) AS bids, window_start, window_end FROM TABLE(TUMBLE(TABLE timed, DESCRIPTOR(`at`), INTERVAL '10' SECOND))
GROUP BY bidder, window_start, window_end
