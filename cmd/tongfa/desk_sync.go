package main

// endStreams lets the streams of live pages and of the API end, which a shutdown would wait for.
func (d *daemon) endStreams() {
	if d.ending != nil {
		close(d.ending)
	}
}
