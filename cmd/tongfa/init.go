package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tongfa/config"
)

func (a *app) initCmd() *cobra.Command {
	var office string
	c := &cobra.Command{
		Use: "init 文件夹", Short: "生成一份带说明的配置和一本空台账", Args: exactly(1, "放在哪个文件夹"),
		RunE: func(c *cobra.Command, args []string) error {
			path, err := writeConfig(args[0], config.Sample(office))
			if err != nil {
				return err
			}
			a.config = path
			return a.within(c.Context(), func(h *house) error {
				fmt.Fprintf(a.out, "已生成配置 %s 和台账 %s\n接下来：按说明改好配置，设好公众号的 AppSecret，然后运行\n  tongfa --config %s check\n  tongfa --config %s serve\n",
					path, h.led.Path(), path, path)
				return nil
			})
		},
	}
	c.Flags().StringVar(&office, "office", "", "本机关的全称")
	return c
}

// configName is what a configuration is called in its folder.
const configName = "tongfa.yaml"

// writeConfig puts a configuration into a folder that has none yet.
func writeConfig(dir string, data []byte) (string, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", fmt.Errorf("文件夹 %s 建不了：%w", dir, err)
	}
	path := filepath.Join(dir, configName)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("%s 已经存在，不覆盖", path)
	}
	if err != nil {
		return "", fmt.Errorf("配置写不了：%w", err)
	}
	_, err = f.Write(data)
	return path, errors.Join(err, f.Sync(), f.Close())
}
