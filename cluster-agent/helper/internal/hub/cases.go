package hub

import (
	"context"
	"encoding/json"
	"io"

	"seatrial.dev/helper/internal/failure"
)

// maxCasesBytes is far above any shard: half a million cases of 128 characters.
const maxCasesBytes = 64 << 20

// Cases fetches the ids of the cases that this shard runs.
func (c *Client) Cases(ctx context.Context) ([]string, error) {
	body := c.download(ctx, "cases", failure.CasesUnavailable)
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, maxCasesBytes+1))
	if err != nil {
		return nil, err
	}
	var answer struct {
		Cases []string `json:"cases"`
	}
	if len(text) > maxCasesBytes {
		return nil, failure.New(failure.CasesUnavailable, "the hub's list of cases is larger than %d bytes: use more shards", maxCasesBytes)
	}
	if err := json.Unmarshal(text, &answer); err != nil || answer.Cases == nil {
		return nil, failure.New(failure.CasesUnavailable, `the hub's list of cases is not {"cases": [...]} (%v)`, err)
	}
	return answer.Cases, nil
}
