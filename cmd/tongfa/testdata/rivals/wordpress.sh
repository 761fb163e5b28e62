#!/bin/bash
# Measures how late WordPress publishes what was scheduled, with a cron that runs each minute.
# Debian packages: wordpress php-cli php-mysql php-xml php-mbstring mariadb-server. Run as root on a machine of your own: it makes a database "lateness".
# usage: wordpress.sh ITEMS SECONDS MOST_SECONDS
set -eu
items=$1 over=$2 most=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! mysqladmin ping --silent >/dev/null 2>&1; then
	mkdir -p /run/mysqld && chown mysql /run/mysqld
	(mysqld_safe --skip-networking >/dev/null 2>&1 &)
	for _ in $(seq 60); do mysqladmin ping --silent >/dev/null 2>&1 && break; sleep 1; done
fi
mysql -e "DROP DATABASE IF EXISTS lateness; CREATE DATABASE lateness CHARACTER SET utf8mb4;
	CREATE USER IF NOT EXISTS 'lateness'@'localhost' IDENTIFIED BY 'lateness'; GRANT ALL ON lateness.* TO 'lateness'@'localhost';"
mkdir "$work/wp" && cp -r /usr/share/wordpress/. "$work/wp/"
rm -f "$work/wp/wp-config.php"
cat >"$work/wp/wp-config.php" <<'PHP'
<?php
define('DB_NAME', 'lateness'); define('DB_USER', 'lateness'); define('DB_PASSWORD', 'lateness'); define('DB_HOST', 'localhost');
define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', ''); define('DISABLE_WP_CRON', true); define('WP_HOME', 'http://localhost'); define('WP_SITEURL', 'http://localhost');
define('AUTH_KEY','a');define('SECURE_AUTH_KEY','b');define('LOGGED_IN_KEY','c');define('NONCE_KEY','d');define('AUTH_SALT','e');define('SECURE_AUTH_SALT','f');define('LOGGED_IN_SALT','g');define('NONCE_SALT','h');
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
PHP
rm -rf "$work/wp/wp-content" && mkdir -p "$work/wp/wp-content/mu-plugins" "$work/wp/wp-content/themes"
cat >"$work/wp/wp-content/mu-plugins/lateness.php" <<PHP
<?php
add_action('transition_post_status', function (\$new, \$old, \$post) {
	if (\$new === 'publish' && \$old === 'future') file_put_contents('$work/late', (microtime(true) - (float) get_post_meta(\$post->ID, 'due', true)) . "\n", FILE_APPEND);
}, 1, 3);
add_filter('pre_wp_mail', '__return_false');
PHP
cat >"$work/file.php" <<'PHP'
<?php
// Files the posts and their events: the events in one write, as WordPress itself rewrites the whole list for each.
define('WP_INSTALLING', true);
require $argv[1] . '/wp/wp-load.php'; require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('lateness', 'admin', 'a@example.test', true, '', 'lateness');
remove_action('future_post', '_future_post_hook', 5);
[$items, $over] = [(int) $argv[2], (float) $argv[3]];
wp_defer_term_counting(true); wp_suspend_cache_addition(true);
$wpdb->query('SET autocommit = 0');
$start = ceil(time() + $items * 0.012 + 90); // what is due within a minute is published at once, and so early
$cron = _get_cron_array() ?: [];
$body = str_repeat('<p>' . str_repeat('公开信息', 50) . '</p>', 8);
for ($n = 0; $n < $items; $n++) {
	$due = $start + $n * $over / $items;
	$id = wp_insert_post(['post_title' => "第{$n}号", 'post_content' => $body, 'post_status' => 'future', 'post_author' => 1,
		'post_date_gmt' => gmdate('Y-m-d H:i:s', (int) floor($due)), 'post_date' => gmdate('Y-m-d H:i:s', (int) floor($due)), 'meta_input' => ['due' => floor($due)]]);
	$cron[(int) floor($due)]['publish_future_post'][md5(serialize([$id]))] = ['schedule' => false, 'args' => [$id]];
	if ($n % 500 === 499) { $wpdb->query('COMMIT'); wp_cache_flush(); }
}
uksort($cron, 'strnatcasecmp');
_set_cron_array($cron);
$wpdb->query('COMMIT');
echo $start, ' ', round($start - microtime(true), 1), "\n";
PHP
read -r start spare < <(php -d memory_limit=2G "$work/file.php" "$work" "$items" "$over" 2>/dev/null | tail -1)
echo "filed $items, $spare s to spare"
touch "$work/late"
while [ "$(wc -l <"$work/late")" -lt "$items" ] && [ "$(date +%s)" -lt $((start + most)) ]; do
	sleep $((60 - $(date +%s) % 60)) # as cron does
	(cd "$work/wp" && php -d memory_limit=2G -d max_execution_time=0 wp-cron.php >/dev/null 2>&1 &)
done
sort -n "$work/late" | awk -v all="$items" '{a[NR]=$1; if ($1<0) early++} END {if (!NR) {print "wordpress: nothing"; exit}
	i=int(.5*(NR-1))+1; j=int(.99*(NR-1))+1; printf "wordpress: %d of %d done, p50 %.1fs, p99 %.1fs, max %.1fs, early %d\n", NR, all, a[i], a[j], a[NR], early+0}'
