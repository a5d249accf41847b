-- The highest bids of each window.
SELECT b.auction, b.price, b.bidder, b.`dateTime`, b.extra
FROM bid AS b
JOIN (SELECT MAX(price) AS price, window_end AS ends
      FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND)) GROUP BY window_start, window_end) AS w
ON b.price = w.price
WHERE b.`dateTime` BETWEEN w.ends - INTERVAL '10' SECOND AND w.ends
