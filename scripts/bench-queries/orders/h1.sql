-- Pricing summary.
SELECT l_returnflag, l_linestatus, SUM(l_quantity) AS quantity, SUM(l_extendedprice) AS price, SUM(l_extendedprice * (1 - l_discount)) AS discounted,
  AVG(l_quantity) AS average_quantity, COUNT(*) AS items
FROM lineitem WHERE l_shipdate <= DATE '1998-09-02' GROUP BY l_returnflag, l_linestatus
